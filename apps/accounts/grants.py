"""What somebody hands out: one meeting, item or paper opened to a unit's group or a person, until a date.

The rows are guardian's, on permission models with a direct foreign key, so they die with their object. What
follows from facts (invited, asked, lead, support) is never written here.
"""

from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import assign_perm
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from apps.common import audit

from . import permissions
from .models import User


def _rows_of(model: type[models.Model], holder: type[models.Model]) -> type[models.Model]:
    """The grant model of an object's model. Raises TypeError without a direct one: orphans."""
    find = get_user_obj_perms_model if holder is User else get_group_obj_perms_model
    rows = find(model)  # type: ignore[arg-type]
    if "content_object_id" not in {getattr(f, "attname", "") for f in rows._meta.fields}:
        raise TypeError(f"{model.__name__} has no direct grant model")
    return rows


def codename(model: type[models.Model]) -> str:
    """The permission that a grant on this model gives: `read_<model>`."""
    return f"read_{model._meta.model_name}"


def grant_models() -> list[type[models.Model]]:
    """Every direct grant model of the portal, in the order of the apps."""
    bases = (UserObjectPermissionBase, GroupObjectPermissionBase)
    return [m for m in apps.get_models() if issubclass(m, bases) and hasattr(m, "until")]


def grantable(content_type_id: int) -> type[models.Model] | None:
    """The model behind a content type id if objects of it can be opened to others, else None."""
    content_type = ContentType.objects.filter(pk=content_type_id).first()
    model = content_type.model_class() if content_type else None
    targets = {rows._meta.get_field("content_object").related_model for rows in grant_models()}
    return model if model in targets else None


def name_of(holder: User | Group) -> str:
    """How a holder is called on pages: the account's name, the unit's short name for its group."""
    return str(getattr(holder, "unit", holder))


@transaction.atomic
def give(obj: models.Model, *, to: User | Group, until: date, by: Any) -> Any:
    """Let a person or a unit's group read one object up to and including `until`; again moves the date.

    Raises ValidationError when the date is past or the account is disabled.
    """
    if until < timezone.localdate():
        raise ValidationError(_("截止日期不能早于今天。"))
    if isinstance(to, User) and not to.is_active:
        raise ValidationError(_("该账号已停用，不能开放给它。"))
    grant: Any = assign_perm(codename(type(obj)), to, obj)
    if grant.until != until or grant.granted_by_id is None:
        grant.until, grant.granted_by = until, by
        grant.save(update_fields=["until", "granted_by"])
        audit.record(
            by=by,
            verb="grant",
            label="开放查阅",
            obj=obj,
            detail={"to": name_of(to), "until": until.isoformat()},
        )
    return grant


@transaction.atomic
def take_back(grant: Any, *, by: Any) -> None:
    """End a grant now (`by` None: the portal, because its date has passed)."""
    obj, holder = grant.content_object, holder_of(grant)
    gone, _rows = type(grant)._default_manager.filter(pk=grant.pk).delete()
    if gone:
        label = "收回查阅" if by is not None else "查阅到期"
        audit.record(by=by, verb="take_back", label=label, obj=obj, detail={"from": name_of(holder)})


def holder_of(grant: Any) -> User | Group:
    """The account or group a grant was given to."""
    return grant.user if hasattr(grant, "user_id") else grant.group


def readable(model: type[models.Model], user: Any) -> Q:
    """Objects granted to the user or to one of its groups, today. No query of its own: a sub-select.

    Use it in every `visible_to`: `qs.filter(facts | grants.readable(Model, user)).distinct()`.
    """
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    own, groups = readable_ids(model, user.pk, timezone.localdate())
    return Q(pk__in=own) | Q(pk__in=groups)


def readable_ids(model: type[models.Model], user: Any, day: Any) -> tuple[Any, Any]:
    """Ids of what is granted to an account and to its groups on a day; account and day may be slots (`prepared`)."""
    valid = {"until__gte": day, "permission__codename": codename(model)}
    own = _rows_of(model, User)._default_manager.filter(user=user, **valid)
    groups = _rows_of(model, Group)._default_manager.filter(group__user=user, **valid)
    return own.values("content_object_id"), groups.values("content_object_id")


def grants_on(obj: models.Model) -> list[Any]:
    """Grants on one object, soonest to end first. Two queries."""
    own = _rows_of(type(obj), User)._default_manager.filter(content_object=obj)
    groups = _rows_of(type(obj), Group)._default_manager.filter(content_object=obj)
    found = [*own.select_related("user", "granted_by"), *groups.select_related("group__unit", "granted_by")]
    return sorted(found, key=lambda grant: (grant.until or date.min, grant.pk))


def panel(obj: models.Model, user: Any, *, none_given: bool = False) -> dict[str, Any]:
    """What the page of an object includes as accounts/_grants.html; empty for those who need not know.

    `none_given`: the caller has seen already that there is none, which saves two queries.

    In the template: `include "accounts/_grants.html" with grants=panel.grants give_url=panel.give_url only`.
    """
    if not permissions.can_see_grants(user):
        return {}
    place = [ContentType.objects.get_for_model(obj).pk, obj.pk]
    give_url = reverse("accounts:grant_give", args=place) if permissions.can_share(user) else ""
    return {"grants": [] if none_given else grants_on(obj), "give_url": give_url}


def held_by(user: Any) -> list[Any]:
    """What is open to an account or its groups today, soonest to end first. Two queries a grant model."""
    found: list[Any] = []
    for rows in grant_models():
        own = Q(user=user) if issubclass(rows, UserObjectPermissionBase) else Q(group__user=user)
        valid = rows._default_manager.filter(own, until__gte=timezone.localdate())
        found += valid.select_related("content_object")
    return sorted(found, key=lambda grant: (grant.until, grant._meta.label, grant.pk))


def all_grants() -> list[Any]:
    """Every grant on every kind of object, soonest to end first. One query a grant model."""
    found: list[Any] = []
    for rows in grant_models():
        holder = "user" if issubclass(rows, UserObjectPermissionBase) else "group__unit"
        found += rows._default_manager.select_related("content_object", holder, "granted_by", "permission")
    return sorted(found, key=lambda grant: (grant.until or date.min, grant._meta.label, grant.pk))


def sweep_expired() -> int:
    """Take back what is past its date. They stopped counting that day; this only keeps the list short."""
    past = [g for g in all_grants() if g.until is None or g.until < timezone.localdate()]
    for grant in past:
        take_back(grant, by=None)
    return len(past)
