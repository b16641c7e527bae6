"""Acts on items. Each changes rows, history, journal and messages in one transaction. `by` is the actor."""

from .closing import (
    UNCONFIRMED,
    ask_close,
    close,
    confirm_close,
    enter_confirmation,
    return_close,
)
from .deciding import OnPaper
from .directing import Given, direct
from .ending import (
    Proposed,
    decide_ending,
    propose_ending,
    register_ending,
    units_missing,
    withdraw_ending,
)
from .extending import (
    Asked,
    ask_extension,
    decide_extension,
    register_extension,
    review_extension,
    withdraw_extension,
)
from .opening import (
    UNBLOCKED,
    add_parts,
    blocked_by,
    check_parts,
    columns,
    open_item,
    put_columns,
    refresh,
    sign_for,
)
from .progress import Progress, nothing_new, report, review_report
from .prompting import Chased, chase, release
from .rules import set_thresholds

__all__ = [
    "UNBLOCKED",
    "UNCONFIRMED",
    "Asked",
    "Chased",
    "Given",
    "OnPaper",
    "Progress",
    "Proposed",
    "add_parts",
    "ask_close",
    "ask_extension",
    "blocked_by",
    "chase",
    "check_parts",
    "close",
    "columns",
    "confirm_close",
    "decide_ending",
    "decide_extension",
    "direct",
    "enter_confirmation",
    "nothing_new",
    "open_item",
    "propose_ending",
    "put_columns",
    "refresh",
    "register_ending",
    "register_extension",
    "release",
    "report",
    "return_close",
    "review_extension",
    "review_report",
    "set_thresholds",
    "sign_for",
    "units_missing",
    "withdraw_ending",
    "withdraw_extension",
]  # fmt: skip
