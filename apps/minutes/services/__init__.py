"""What can be done with a 纪要, from the closed record to the archive. One road a change."""

from .consulting import answer, chase, circulate, handle_comment, mark_opened, recirculate, settle
from .drafting import (
    StalePassageError,
    add_passage,
    change_facts,
    close_record,
    edit_passage,
    move_passage,
    remove_passage,
    split_passage,
)
from .issuing import archive, issue, number
from .signing import check, pass_audit, register_signature, reopen, return_audit, return_sign, sign
from .steps import (
    pass_review,
    return_draft,
    rework,
    submit_audit,
    submit_review,
    withdraw_audit,
    withdraw_check,
    withdraw_review,
)

__all__ = [
    "StalePassageError", "add_passage", "answer", "archive", "change_facts", "chase", "check", "circulate",
    "close_record", "edit_passage", "handle_comment", "issue", "mark_opened", "move_passage", "number", "pass_audit",
    "pass_review", "recirculate", "register_signature", "remove_passage", "reopen", "return_audit", "return_draft",
    "return_sign", "rework", "settle", "sign", "split_passage", "submit_audit", "submit_review", "withdraw_audit", "withdraw_check",
    "withdraw_review",
]  # fmt: skip
