"""What people type is read in time that grows with its length: a long run of one thing must not hold a web worker.

A pattern with two places for the same characters reads such a run once for each of its characters, and `re` lets nobody
else work meanwhile.
"""

from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest
from django.core.exceptions import ValidationError

from apps.action_items import days, recurrence, sheet_marks
from apps.action_items.importing import words
from apps.bulletins import checking
from apps.common import calendar_import, dates_in_text, fields, sheets, working_hours
from apps.documents import numbers
from apps.minutes import meeting_file, printed_names

_FIGURES: dict[str, object] = {"totals": {}, "units": [], "changes": None}
READERS: dict[str, Callable[[str], object]] = {
    "label of a matter": words.numbered,
    "day": days.day_of,
    "recurring": recurrence.read.__wrapped__,
    "mark of a sheet": sheet_marks.prints_of,
    "cell": sheets.restored,
    "number of a paper": numbers.parse_number,
    "line": fields.PlainCharField().to_python,
    "dates": lambda text: dates_in_text.dates_in(text, year=2026),
    "calendar": calendar_import.from_text,
    "hours": working_hours.day_of,
    "bulletin": lambda text: checking.warnings("一", text, _FIGURES),
    "reason of a correction": meeting_file.misprint,
    "present": lambda text: printed_names.lists_of({"出席": text}),
}
STARTS = ("", "2026", "甲", "2027-01-01 ", "共", "8:00")
RUNS = (" ", "\u3000\t", "1", "共", "、", "第一项", "(", "-", "年", "甲", "08:00-09:00，", "T0:")
LENGTH = 16_000  # characters; one run of blanks as long took the label of a matter 5 s


@pytest.mark.parametrize("reader", READERS)
def test_a_long_run_is_read_once(reader: str) -> None:
    slow: dict[tuple[str, str], float] = {}
    for start in STARTS:
        for run in RUNS:
            text = f"{start}{run * (LENGTH // len(run))}!"
            began = process_time()
            with suppress(ValidationError):  # refused is as good as read
                READERS[reader](text)
            if (took := process_time() - began) > 0.4:
                slow[start, run] = took
    assert slow == {}
