"""What can be done: topics, plan, agenda, notice, replies, sign-in, live record. One road a change."""

from .blocks import (
    StaleBlockError,
    add_block,
    delete_block,
    merge_block,
    restore_block,
    save_block,
    save_typed,
    shift_block,
    split_block,
)
from .door import close_door, line_of, open_door, sign_self
from .history import revert_block
from .movements import may_move, move_person, take_back_move
from .notes import (
    StaleNoteError,
    add_file,
    add_spot_item,
    move_spot_item,
    remove_file,
    save_note,
    save_script,
)
from .notices import approve_substitute, cancel, chase, mark_read, notify, postpone, refuse_substitute, reply
from .plans import (
    add_follow_up,
    add_item,
    change_item,
    change_plan,
    make_meeting,
    remove_item,
    shift_item,
    step_plan,
    take_topic,
)
from .presence import note_presence
from .recording import close_recording, start_recording
from .room import adjourn, put_down, resume, take_up
from .signin import PaperLine, add_person, enter_sheet, prepare_list, sign
from .topics import answer_topic, change_topic, propose

__all__ = [
    "PaperLine", "StaleBlockError", "StaleNoteError", "add_block", "add_file", "add_follow_up", "add_item",
    "add_person", "add_spot_item", "adjourn", "answer_topic", "approve_substitute", "cancel", "change_item",
    "change_plan", "change_topic", "chase", "close_door", "close_recording", "delete_block", "enter_sheet",
    "line_of", "make_meeting", "mark_read", "may_move", "merge_block", "move_person", "move_spot_item", "note_presence", "notify",
    "open_door", "postpone", "prepare_list", "propose", "put_down", "refuse_substitute", "remove_file",
    "remove_item", "reply", "restore_block", "resume", "revert_block", "save_block", "save_note",
    "save_script", "save_typed", "shift_block", "shift_item", "sign", "sign_self", "split_block", "start_recording",
    "step_plan", "take_back_move", "take_topic", "take_up",
]  # fmt: skip
