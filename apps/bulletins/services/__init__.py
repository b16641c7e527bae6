"""Acts on bulletins and on information; each atomic, each with its line in the journal."""

from .informations import (
    change_information,
    drop_information,
    issue_information,
    open_copy,
    return_information,
    send_information,
    withdraw_information,
)
from .receipts import chase, sign_for
from .reports import change_facts, edit_section, make_bulletin, propose_again, take_again
from .steps import approve, drop, issue, number, send_back, submit, void, withdraw, withdraw_approval

__all__ = [
    "approve", "change_facts", "change_information", "chase", "drop", "drop_information", "edit_section", "issue",
    "issue_information", "make_bulletin", "number", "open_copy", "propose_again", "return_information", "send_back",
    "send_information", "sign_for", "submit", "take_again", "void", "withdraw", "withdraw_approval", "withdraw_information",
]  # fmt: skip
