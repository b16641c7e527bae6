"""Filters of the ledger somebody keeps under names of their own. They are a convenience: no history, no journal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User

from .models import LedgerView

MOST = 20


@transaction.atomic
def keep(user: Any, name: str, query: str) -> LedgerView:
    """Keep a filter, or give the name a new one. Raises ValidationError: nothing is filtered, or there are 20."""
    if not query:
        raise ValidationError(_("没有筛选条件，不用保存。"))
    User.objects.select_for_update().get(pk=user.pk)  # two windows must not pass the limit together
    mine = LedgerView.objects.filter(user=user)
    view = mine.filter(name=name).first()
    if view is None and mine.count() >= MOST:
        raise ValidationError(_("最多保存%(most)s个常用筛选，请先删除不用的。"), params={"most": MOST})
    view = view or LedgerView(user=user, name=name)
    view.query = query
    view.full_clean()
    view.save()
    return view


def drop(view: LedgerView) -> None:
    """Forget it."""
    view.delete()
