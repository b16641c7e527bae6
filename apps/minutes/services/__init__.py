"""What can be done with a 纪要, from the closed record to the archive. One road a change."""

from .comments import adopt, handle_comment, undo_adopt
from .consulting import answer, chase, circulate, mark_opened, recirculate, register_letter, settle
from .correcting import (
    answer_correction,
    approve,
    chase_correction,
    drop,
    open_case,
    register_approval,
    send_back,
    set_reason,
)
from .correcting import ask as ask_correction
from .correcting import rework as rework_correction
from .correcting import submit as submit_correction
from .correcting_changes import add_resolution, remove_resolution, set_change, set_names, set_title, take_out
from .correcting_issue import issue_correction
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
from .misprints import mend
from .on_the_spot import countersign
from .reading import hold, note_reading
from .signing import (
    StaleTextError,
    check,
    pass_audit,
    register_signature,
    reopen,
    return_audit,
    return_sign,
    sign,
)
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
from .stopping import stop
from .withdrawing import (
    withdraw_circulation,
    withdraw_pass_audit,
    withdraw_pass_review,
    withdraw_recirculation,
    withdraw_settle,
    withdraw_sign,
)

__all__ = [
    "StalePassageError", "StaleTextError", "add_passage", "add_resolution", "adopt", "answer", "answer_correction", "approve",
    "archive", "ask_correction", "change_facts", "chase", "chase_correction", "check", "circulate", "close_record",
    "countersign", "drop", "edit_passage", "handle_comment", "hold", "issue", "issue_correction",
    "mark_opened", "mend", "move_passage", "note_reading", "number", "open_case", "pass_audit",
    "pass_review", "recirculate", "register_approval", "register_letter", "register_signature",
    "remove_passage", "remove_resolution", "reopen", "return_audit", "return_draft", "return_sign", "rework",
    "rework_correction", "send_back", "set_change", "set_names", "set_reason", "set_title", "settle", "sign", "split_passage", "stop",
    "submit_audit", "submit_correction", "submit_review", "take_out", "undo_adopt", "withdraw_audit", "withdraw_check",
    "withdraw_circulation", "withdraw_pass_audit", "withdraw_pass_review", "withdraw_recirculation",
    "withdraw_review", "withdraw_settle", "withdraw_sign",
]  # fmt: skip
