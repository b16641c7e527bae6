"""Long work somebody left the page of: a line among his messages says that it has ended, or why it was not done."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.common import long_work
from apps.common.models import LongWork
from apps.dispatch.telling import note


def told(row: LongWork) -> None:
    """Leave the line, without a mail: its asker began it some minutes ago. One who is gone is told nothing."""
    words = _("没有办成：%(title)s") if row.trouble else _("已办好：%(title)s")
    note(
        row.user,
        title=words % {"title": row.title},
        url=row.url or row.get_absolute_url(),
        key=f"long_work:{row.pk}",
    )


def run(ids: Iterable[int]) -> int:
    """Do these works, as far as they wait. Returns how many ended."""
    return long_work.run(ids, told=told)


def sweep() -> int:
    """Do what a lost message left behind, throw away what is old. Returns how many ended."""
    return long_work.sweep(told=told)
