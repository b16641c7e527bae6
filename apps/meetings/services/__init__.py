"""What can be done: topics, plan, agenda, notice, replies, sign-in, live record. One road a change."""

from .notices import approve_substitute, cancel, chase, mark_read, notify, postpone, refuse_substitute, reply
from .plans import (
    add_item,
    change_item,
    change_plan,
    make_meeting,
    remove_item,
    shift_item,
    step_plan,
    take_topic,
)
from .recording import (
    StaleBlockError,
    add_block,
    add_spot_item,
    close_recording,
    delete_block,
    restore_block,
    save_block,
    shift_block,
    split_block,
    start_recording,
)
from .signin import add_person, prepare_list, sign
from .topics import answer_topic, change_topic, propose

__all__ = [
    "StaleBlockError", "add_block", "add_item", "add_person", "add_spot_item", "answer_topic", "approve_substitute", "cancel",
    "change_item", "change_plan", "change_topic", "chase", "close_recording", "delete_block", "make_meeting",
    "mark_read", "notify", "postpone", "prepare_list", "propose", "refuse_substitute", "remove_item", "reply",
    "restore_block", "save_block", "shift_block", "shift_item", "sign", "split_block", "start_recording",
    "step_plan", "take_topic",
]  # fmt: skip
