"""The recording room: one agenda item at a time, blocks that save themselves, every act also without JS."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import Refused, demand
from apps.common.fields import whole_number
from apps.common.workflow import first_error
from apps.meetings import permissions, selectors, services
from apps.meetings.blocks import RECURRENCES, BlockForm, dress, duties_of, lead_ids
from apps.meetings.enums import BlockKind
from apps.meetings.forms import SpotItemForm, StartForm
from apps.meetings.models import AgendaItem, Meeting, RecordBlock
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, units

from .shared import sent, status_of
from .signin import board_of


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Who chairs, who records; then the record is open (C10)."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("record")
    conveners = [held.person.name for held in holders(PostKind.CONVENER)]
    initial = {"chair": meeting.chair or "".join(conveners[:1]), "recorder": _("联席会议办公室")}
    form = StartForm(request.POST or None, instance=Meeting.objects.get(pk=pk), initial=initial)
    if sent(request, form, lambda: services.start_recording(meeting, **form.cleaned_data, by=request.user)):
        messages.success(request, _("会议记录已打开，签到表已编好。"))
        return redirect("meetings:record", pk)
    context = {"form": form, "meeting": meeting, "conveners": conveners, "now": timezone.now()}
    return render(request, "meetings/start.html", context, status=status_of(form))


def _readable(request: HttpRequest, pk: int) -> Meeting:
    """A meeting whose record this person may read: unseen 404, seen by a unit 403."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.can_read_record(request.user, meeting):
        raise PermissionDenied("record")
    return meeting


@require_GET
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Agenda, the blocks of one item, the sign-in board."""
    meeting = _readable(request, pk)
    items = selectors.whole_record_of(meeting)
    item = _chosen(items, request.GET.get("item", ""))
    context = {
        "meeting": meeting,
        "items": items,
        "item": item,
        "new_block": request.GET.get("block", ""),
        "may_record": permissions.can_record(request.user, meeting),
        "kinds": [kind for kind in BlockKind if kind != BlockKind.NOTE] + [BlockKind.NOTE],
        "units": units(),
        "recurrences": RECURRENCES,
        "spot_form": SpotItemForm(),
        "loose": selectors.loose_blocks(meeting),
        **_blocks_of(item),
        **board_of(meeting, request.user),
    }
    return render(request, "meetings/record.html", context)


def _chosen(items: list[AgendaItem], asked: str) -> AgendaItem | None:
    """The asked item, else the last one with a record, else the first."""
    for item in items:
        if str(item.pk) == asked:
            return item
    begun = [item for item in items if item.blocks.all()]
    return begun[-1] if begun else next(iter(items), None)


def _blocks_of(item: AgendaItem | None) -> dict[str, Any]:
    everything = list(item.blocks.all()) if item else []
    live = [block for block in everything if block.deleted_at is None]
    leading = list(dict.fromkeys(unit.pk for block in live for unit in block.leads))
    return {
        "blocks": dress(live, duties_of(leading)),
        "deleted": [block for block in everything if block.deleted_at is not None],
    }


@require_POST
def block_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A new block at the end of an item."""
    rows = AgendaItem.objects.filter(meeting__in=selectors.visible_to(request.user))
    item = get_object_or_404(rows, pk=pk)
    if kind not in BlockKind.values:
        raise Http404(kind)
    block = services.add_block(item, kind=kind, by=request.user)
    return redirect(_place(block))


def _place(block: RecordBlock, *, focus: bool = True) -> str:
    """The address of a block in the recording room."""
    page = reverse("meetings:record", args=[block.meeting_id])
    asks = f"?item={block.agenda_item_id}" + (f"&block={block.pk}" if focus else "")
    return f"{page}{asks}#block-{block.pk}"


def _block(request: HttpRequest, pk: int) -> RecordBlock:
    """A block of a record this person may read."""
    rows = RecordBlock.objects.filter(meeting__in=selectors.visible_to(request.user))
    block = get_object_or_404(rows.select_related("meeting", "agenda_item"), pk=pk)
    if not permissions.can_read_record(request.user, block.meeting):
        raise PermissionDenied("record")
    return block


@require_POST
def block_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one block: JSON for the autosave, the page for everybody else."""
    block = _block(request, pk)
    demand(permissions.runs_office(request.user), "write the record")
    form = BlockForm(request.POST, kind=block.kind)
    if not form.is_valid():
        return _not_saved(request, block, form.first_error(), form.errors)
    try:
        saved = services.save_block(block, **form.values(), by=request.user)
    except services.StaleBlockError as stale:
        return _stale(request, stale.block)
    except ValidationError as error:
        return _not_saved(request, block, first_error(error), {})
    except Refused as error:
        return _not_saved(request, block, error.text, {})
    if _wants_json(request):
        return JsonResponse({"version": saved.version, "saved_at": saved.updated_at.isoformat()})
    return redirect(_place(saved, focus=False))


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _not_saved(request: HttpRequest, block: RecordBlock, why: str, errors: dict[str, Any]) -> HttpResponse:
    """Nothing was written; the words stay with their writer, in the browser or on a page that shows them."""
    if _wants_json(request):
        found = {name: [str(text) for text in texts] for name, texts in errors.items()}
        return JsonResponse({"error": why, "errors": found}, status=422)
    return _retry_page(request, block, why, None, 422)


def _stale(request: HttpRequest, theirs: RecordBlock) -> HttpResponse:
    """409: somebody else saved first; both texts side by side."""
    by = str(theirs.updated_by or "")
    if _wants_json(request):
        body = {
            "version": theirs.version,
            "text": theirs.text,
            "saved_at": theirs.updated_at.isoformat(),
            "by": by,
        }
        return JsonResponse(body, status=409)
    return _retry_page(request, theirs, str(_("这一段刚被别人改过，请对照两份文字后再保存。")), theirs, 409)


def _retry_page(
    request: HttpRequest, block: RecordBlock, why: str, theirs: RecordBlock | None, status: int
) -> HttpResponse:
    """Without JS: one's own words in a textarea, ready to be saved again over the present version."""
    kept = [(name, value) for name, values in request.POST.lists() for value in values]
    own = {"csrfmiddlewaretoken", "version", "text"}
    context = {
        "written": block,  # "block" means something else to a template that extends
        "why": why,
        "theirs": theirs,
        "mine": request.POST.get("text", "")[:40000],
        "version": block.version,
        "kept": [(name, value[:2000]) for name, value in kept if name not in own][:200],
        "back": _place(block, focus=False),
    }
    return render(request, "meetings/block_retry.html", context, status=status)


@require_POST
def block_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Up, down, delete, restore, split by lines."""
    block = _block(request, pk)
    if verb in ("up", "down"):
        services.shift_block(block, step=-1 if verb == "up" else 1, by=request.user)
    elif verb == "delete":
        services.delete_block(block, by=request.user)
        messages.info(request, _("这一段已删除，可在本议题下方撤销。"))
    elif verb == "restore":
        services.restore_block(block, by=request.user)
    elif verb == "split":
        services.split_block(block, by=request.user)
    else:
        raise Http404(verb)
    return redirect(_place(block, focus=False))


@require_GET
def block_duties(request: HttpRequest, pk: int) -> HttpResponse:
    """The clauses to choose from, after the leads of a resolution changed."""
    block = _block(request, pk)
    chosen = [pk for pk in map(whole_number, request.GET.getlist("duties")) if pk is not None]
    block.duty_choices = duties_of(lead_ids(request.GET))  # type: ignore[attr-defined]
    block.duty_pks = chosen  # type: ignore[attr-defined]
    return render(request, "meetings/_duties.html", {"block": block})


@require_POST
def spot_item(request: HttpRequest, pk: int) -> HttpResponse:
    """临时议题."""
    meeting = _readable(request, pk)
    demand(permissions.runs_office(request.user), "add an item")
    form = SpotItemForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写临时议题（不超过200字）。"))
        return redirect("meetings:record", pk)
    item = services.add_spot_item(meeting, title=form.cleaned_data["title"], by=request.user)
    return redirect(f"{reverse('meetings:record', args=[pk])}?item={item.pk}")
