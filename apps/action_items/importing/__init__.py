"""A ledger that comes in as a sheet: read, checked against what is on record and shown, written when confirmed."""

from .checking import Entry, Plan, check
from .reading import Book, Line, read
from .writing import bring, confirm, forget_unconfirmed, plan_of, refuse_unseen

__all__ = [
    "Book",
    "Entry",
    "Line",
    "Plan",
    "bring",
    "check",
    "confirm",
    "forget_unconfirmed",
    "plan_of",
    "read",
    "refuse_unseen",
]
