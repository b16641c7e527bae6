"""What can be done with a 纪要, from the closed record to the archive. One road a change."""

from .comments import adopt, handle_comment, undo_adopt
from .consulting import answer, chase, circulate, mark_opened, recirculate, register_letter, settle
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
from .on_the_spot import countersign
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
    "StalePassageError", "add_passage", "adopt", "answer", "archive", "change_facts", "chase", "check",
    "circulate", "close_record", "countersign", "edit_passage", "handle_comment", "issue", "mark_opened",
    "move_passage", "number", "pass_audit", "pass_review", "recirculate", "register_letter",
    "register_signature", "remove_passage", "reopen", "return_audit", "return_draft", "return_sign",
    "rework", "settle", "sign", "split_passage", "submit_audit", "submit_review", "undo_adopt",
    "withdraw_audit", "withdraw_check", "withdraw_review",
]  # fmt: skip
