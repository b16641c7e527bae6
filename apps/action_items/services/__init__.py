"""Acts on items. Each changes rows, history, journal and messages in one transaction. `by` is the actor."""

from .closing import ask_close, close, confirm_close, return_close, terminate
from .opening import add_parts, check_parts, columns, open_item, put_columns, sign_for
from .progress import Progress, report, review_report
from .prompting import Chased, chase, release
from .rules import set_thresholds

__all__ = [
    "Chased", "Progress", "add_parts", "ask_close", "chase", "check_parts", "close", "columns", "confirm_close",
    "open_item", "put_columns", "release", "report", "return_close", "review_report", "set_thresholds", "sign_for", "terminate",
]  # fmt: skip
