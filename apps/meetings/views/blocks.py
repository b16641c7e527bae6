"""Blocks of the record: saved, added, moved, split, joined, deleted. JSON for the script, pages without it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import Refused, demand
from apps.common.fields import whole_number
from apps.common.workflow import first_error
from apps.meetings import conflicts, permissions, room_reads, selectors, services
from apps.meetings.blocks import RECURRENCES, UnreadableError, dress, duties_of, lead_ids, posted, typed_into
from apps.meetings.enums import BlockKind
from apps.meetings.models import AgendaItem, RecordBlock
from apps.roster.selectors import units


def wants_json(request: HttpRequest) -> bool:
    """True for the room's own script."""
    return "application/json" in request.headers.get("Accept", "")


def place_of(block: RecordBlock, *, focus: bool = True) -> str:
    """The address of a block in the recording room."""
    page = reverse("meetings:record", args=[block.meeting_id])
    asks = f"?item={block.agenda_item_id}" + (f"&block={block.pk}" if focus else "")
    return f"{page}{asks}#block-{block.pk}"


def block_seen(request: HttpRequest, pk: int) -> RecordBlock:
    """A block of a record this person may read."""
    rows = RecordBlock.objects.filter(meeting__in=selectors.visible_to(request.user))
    block = get_object_or_404(rows.select_related("meeting", "agenda_item"), pk=pk)
    if not permissions.can_read_record(request.user, block.meeting):
        raise PermissionDenied("record")
    return block


def _number(request: HttpRequest, name: str) -> int | None:
    return whole_number(request.POST.get(name, ""))


def card(request: HttpRequest, pk: int) -> dict[str, Any]:
    """A block as it is now: fields, who saved it, and its form as HTML for a page that lacks it."""
    block = selectors.whole_block(pk)
    leading = [unit.pk for unit in block.leads]
    dress([block], duties_of(leading))
    context = {"block": block, "item": block.agenda_item, "units": units(), "recurrences": RECURRENCES}
    return state_of(block) | {
        "id": block.pk,
        "item": block.agenda_item_id,
        "kind": block.kind,
        "html": render_to_string("meetings/_block.html", context, request),
        "order": room_reads.order_of(block.agenda_item_id),
    }


def state_of(block: RecordBlock) -> dict[str, Any]:
    """Version, writer and fields of a block, as its form would post them."""
    return {
        "version": block.version,
        "fields": posted(block),
        "text": block.text,
        "saved_at": block.updated_at.isoformat(),
        "by": str(block.updated_by or ""),
        "deleted": block.deleted_at is not None,
    }


@require_POST
def block_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A new block at the end of an item, or below the one named by `after`. A wish sent twice makes one."""
    rows = AgendaItem.objects.filter(meeting__in=selectors.visible_to(request.user))
    item = get_object_or_404(rows, pk=pk)
    if kind not in BlockKind.values:
        raise Http404(kind)
    try:
        key = UUID(request.POST["key"]) if request.POST.get("key") else None
    except ValueError as error:
        raise Http404("key") from error
    after = RecordBlock.objects.filter(agenda_item=item, pk=_number(request, "after") or 0).first()
    text = request.POST.get("text", "")

    def act() -> RecordBlock:
        return services.add_block(item, kind=kind, text=text, client_key=key, after=after, by=request.user)

    return _answered(request, act, place_of)


def _answered(request: HttpRequest, act: Any, where: Any) -> HttpResponse:
    """Do it; the script gets the block as it is now, or words (409, 422), everybody else a page."""
    if not wants_json(request):
        return redirect(where(act()))
    try:
        return JsonResponse(card(request, act().pk))
    except services.StaleBlockError as stale:
        return JsonResponse(state_of(stale.block), status=409)
    except ValidationError as error:
        return JsonResponse({"error": str(first_error(error))}, status=422)
    except Refused as error:
        return JsonResponse({"error": error.text}, status=422)


def _typed(data: Any, block: RecordBlock) -> dict[str, Any]:
    """What a post says of a block, with what its writer took over from the newer version. Raises UnreadableError."""
    return typed_into(conflicts.taken(data, block), block)


@require_POST
def block_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one block: JSON for the autosave, the page for everybody else."""
    if not permissions.runs_office(request.user):
        block_seen(request, pk)  # whoever may not know of it is told 404
    demand(permissions.runs_office(request.user), "write the record")
    try:
        saved = services.save_typed(pk, partial(_typed, request.POST), by=request.user)
    except RecordBlock.DoesNotExist as error:
        raise Http404("block") from error
    except services.StaleBlockError as stale:
        return _stale(request, stale.block)
    except UnreadableError as error:
        return _not_saved(request, pk, str(error), error.form.errors)
    except ValidationError as error:
        return _not_saved(request, pk, first_error(error), {})
    except Refused as error:
        return _not_saved(request, pk, error.text, {})
    if wants_json(request):
        return JsonResponse({"version": saved.version, "saved_at": saved.updated_at.isoformat()})
    return redirect(place_of(saved, focus=False))


def _not_saved(request: HttpRequest, pk: int, why: str, errors: dict[str, Any]) -> HttpResponse:
    """Nothing was written; the words stay with their writer, in the browser or on a page that shows them."""
    if wants_json(request):
        found = {name: [str(text) for text in texts] for name, texts in errors.items()}
        return JsonResponse({"error": why, "errors": found}, status=422)
    return _retry_page(request, block_seen(request, pk), why, None, 422)


def _stale(request: HttpRequest, theirs: RecordBlock) -> HttpResponse:
    """409: somebody else saved first, or deleted the block; all its fields as they are now."""
    if wants_json(request):
        return JsonResponse(state_of(theirs), status=409)
    if theirs.deleted_at is not None:
        why = _("这一段已被删除。可以先恢复这一段再保存，或者复制您的文字到别处。")
    else:
        why = _("这一段刚被别人改过，请逐项选择后再保存。")
    return _retry_page(request, theirs, str(why), theirs, 409)


def _retry_page(
    request: HttpRequest, block: RecordBlock, why: str, theirs: RecordBlock | None, status: int
) -> HttpResponse:
    """Without JS: one's own words in a textarea, and field by field whose it shall be; saved over the present version."""
    kept = [(name, value) for name, values in request.POST.lists() for value in values]
    differ = (
        conflicts.clashes(request.POST, block) if theirs is not None and theirs.deleted_at is None else []
    )
    own = {"csrfmiddlewaretoken", "version", "text", *(f"take_{clash.name}" for clash in differ)}
    context = {
        "written": block,  # "block" means something else to a template that extends
        "why": why,
        "theirs": theirs,
        "clashes": differ,
        "gone": block.deleted_at is not None,
        "mine": request.POST.get("text", "")[:40000],
        "version": block.version,
        "kept": [(name, value[:2000]) for name, value in kept if name not in own][:200],
        "back": place_of(block, focus=False),
    }
    return render(request, "meetings/block_retry.html", context, status=status)


_ACTS: dict[str, Any] = {
    "up": lambda block, by, version, at: services.shift_block(block, step=-1, by=by),
    "down": lambda block, by, version, at: services.shift_block(block, step=1, by=by),
    "delete": lambda block, by, version, at: services.delete_block(block, version=version, by=by),
    "restore": lambda block, by, version, at: services.restore_block(block, by=by),
    "split": lambda block, by, version, at: services.split_block(block, at=at, version=version, by=by)[-1],
    "merge": lambda block, by, version, at: services.merge_block(block, version=version, by=by),
}


@require_POST
def block_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Up, down, delete, restore, split by lines or at a place, join to the block above."""
    if verb not in _ACTS:
        raise Http404(verb)
    block = block_seen(request, pk)

    def act() -> RecordBlock:
        done = _ACTS[verb](block, request.user, _number(request, "version"), _number(request, "at"))
        return done or block

    if verb == "delete" and not wants_json(request):
        messages.info(request, _("这一段已删除，可在记录下方撤销。"))
    return _answered(request, act, lambda done: place_of(done, focus=False))


@require_GET
def block_now(request: HttpRequest, pk: int) -> JsonResponse:
    """A block as it is now, for a page that saw an older one or none."""
    block = block_seen(request, pk)
    demand(permissions.runs_office(request.user), "write the record")
    return JsonResponse(card(request, block.pk))


@require_GET
def block_duties(request: HttpRequest, pk: int) -> HttpResponse:
    """The clauses to choose from, after the leads of a resolution changed."""
    block = block_seen(request, pk)
    chosen = [pk for pk in map(whole_number, request.GET.getlist("duties")) if pk is not None]
    block.duty_choices = duties_of(lead_ids(request.GET))  # type: ignore[attr-defined]
    block.duty_pks = chosen  # type: ignore[attr-defined]
    return render(request, "meetings/_duties.html", {"block": block})


@require_GET
def block_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every state of a block, newest first, each with what it changed."""
    block = block_seen(request, pk)
    context = {
        "written": block,
        "steps": room_reads.history_of(block),
        "may_record": permissions.can_record(request.user, block.meeting),
        "back": place_of(block, focus=False),
    }
    return render(request, "meetings/block_history.html", context)


@require_POST
def block_revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an earlier state the newest."""
    block = block_seen(request, pk)
    to, version = _number(request, "to") or 0, _number(request, "version") or 0

    def act() -> RecordBlock:
        return services.revert_block(block, to=to, version=version, by=request.user)

    try:
        return _answered(request, act, lambda done: place_of(done, focus=False))
    except services.StaleBlockError:
        messages.error(request, _("这一段刚被别人改过，请看清最新的内容再退回。"))
        return redirect("meetings:block_history", pk)
