"""Forms of the 纪要: parse and check what was typed; what it means is the services' business."""

from .consulting import (
    AnswerForm,
    CirculateForm,
    CommentForm,
    LetterForm,
    RemarkForm,
    RemarkSet,
    SheetForm,
    SignedForm,
)
from .drafting import FactsForm, PassageForm
from .issuing import FilterForm, NumberForm, PaperSignatureForm

__all__ = [
    "AnswerForm", "CirculateForm", "CommentForm", "FactsForm", "FilterForm", "LetterForm", "NumberForm", "PaperSignatureForm",
    "PassageForm", "RemarkForm", "RemarkSet", "SheetForm", "SignedForm",
]  # fmt: skip
