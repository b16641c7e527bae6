"""纪要: its passages, the rounds of consent, comments, endorsements, corrections, and the link to the frozen paper."""

from .consent import Circulation, Comment, Consent
from .correcting import Correction, CorrectionCase, CorrectionChange, CorrectionConsent
from .minutes import Minutes, MinutesGroupGrant, MinutesUserGrant, Passage, PassageUnit
from .signing import Endorsement, MisprintFix, Reading

__all__ = [
    "Circulation", "Comment", "Consent", "Correction", "CorrectionCase", "CorrectionChange", "CorrectionConsent", "Endorsement",
    "Minutes", "MinutesGroupGrant", "MinutesUserGrant", "MisprintFix", "Passage", "PassageUnit", "Reading",
]  # fmt: skip
