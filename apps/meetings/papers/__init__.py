"""The papers of a meeting: 会议通知, 会议议程, 签到表, 桌签, 会议记录. Object → `Paper`; no writes."""

from .notices import notice
from .record import record
from .room import agenda, name_plates, sign_in_sheet
from .words import spoken_time

__all__ = ["agenda", "name_plates", "notice", "record", "sign_in_sheet", "spoken_time"]
