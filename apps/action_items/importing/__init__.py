"""A ledger that comes in as a sheet: read, checked against what is on record and shown, written when confirmed."""

from .checking import Entry, Plan, check
from .reading import Line, read
from .writing import bring, confirm, plan_of

__all__ = ["Entry", "Line", "Plan", "bring", "check", "confirm", "plan_of", "read"]
