"""The papers of a 纪要: itself, 征求意见函, 征求意见情况表, 发文稿纸, 更正通知. Object → `Paper`; no writes."""

from .asking import consent_letter, draft_paper
from .correcting import correction_notice, correction_title
from .issued import blank_number, body_of, names_of, paper_of
from .opinions import consent_table
from .routing import routing_sheet

__all__ = [
    "blank_number", "body_of", "consent_letter", "consent_table", "correction_notice", "correction_title", "draft_paper",
    "names_of", "paper_of",
    "routing_sheet",
]  # fmt: skip
