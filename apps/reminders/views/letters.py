"""催办函: who is to be written to, each letter as it would look, and its release to the units ticked."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.decorators import ask_password_again
from apps.action_items.enums import Light
from apps.documents import show
from apps.reminders import letters, papers, permissions, releasing
from apps.reminders.forms import NumbersForm
from apps.roster.models import Unit

from .shared import office_only, readers_only


def _level(given: Any) -> str:
    return Light.RED if given.get("light") == Light.RED else letters.BOTH


def _query(level: str) -> str:
    return urlencode({"light": level}) if level == Light.RED else ""


def _address(name: str, level: str, *args: Any) -> str:
    base = reverse(f"reminders:{name}", args=args)
    return f"{base}?{_query(level)}" if _query(level) else base


@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    """Units to be written to, each with its items, its letter, and a text for a messenger."""
    readers_only(request)
    level = _level(request.GET)
    sent = letters.released_today()
    found = letters.unit_letters(level)
    rows = [
        {
            "letter": letter,
            "url": _address("letter", level, letter.unit.code),
            "sent": sent.get(letter.unit.pk),
        }
        for letter in found
    ]
    context = {"rows": rows, "level": level, "only_red": level == Light.RED, "own_unit": letters.OWN_UNIT}
    context["may_write"] = permissions.can_chase(request.user)
    context["may_release"] = context["may_write"] and any(
        one.unit.pk not in sent and not one.unit.is_host for one in found
    )
    return render(request, "reminders/letters.html", context)


@require_GET
def letter(request: HttpRequest, code: str, part: str = "") -> HttpResponse:
    """催办函 of one unit as it would look today: its page, its pictures, its files."""
    readers_only(request)
    unit, level = get_object_or_404(Unit, code=code), _level(request.GET)
    found = letters.unit_letters(level, unit=unit)
    if not found:
        raise Http404("nothing to chase")
    return show.answer(request, _shown(found[0], level), part)


def _shown(found: letters.UnitLetter, level: str) -> show.Shown:
    return show.Shown(
        f"{found.unit}催办函", reverse("reminders:letter", args=[found.unit.code]), found.unit,
        paper=lambda: papers.chase_letter(found), query=_query(level), back=reverse("reminders:letters"),
        note="按今天的情况排出，发函时编号",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def release(request: HttpRequest) -> HttpResponse:
    """What will go to whom, then 发函: one letter a unit. Asks for the password again."""
    office_only(request)
    given = request.POST if request.method == "POST" else request.GET
    codes = [code for code in given.getlist("unit") if code.isascii() and code.isprintable()]
    units, level = list(Unit.objects.filter(code__in=codes)), _level(given)
    if not units:
        messages.error(request, _("请先勾选要发催办函的单位。"))
        return redirect(_address("letters", level))
    form = NumbersForm(request.POST if request.method == "POST" else None, units=units)
    if request.method == "POST" and form.is_valid():
        ask_password_again(request)
        if _released(request, form, level):
            return redirect(_address("letters", level))
    context = _confirming(units, level, form)
    return render(request, "reminders/letters_release.html", context, status=422 if form.errors else 200)


def _released(request: HttpRequest, form: NumbersForm, level: str) -> bool:
    """Release them; False where somebody was quicker with a number: it is told beside its field, all else stays."""
    try:
        done = releasing.release_letters(
            form.units, level=level, seen=request.POST.get("seen", ""), numbers=form.numbers, by=request.user
        )
    except releasing.NumbersBorne as error:
        form.refuse(error.found)
        return False
    _say(request, done)
    return True


def _confirming(units: list[Unit], level: str, form: NumbersForm) -> dict[str, Any]:
    rows = letters.ready(units, level)
    going = [row for row in rows if not row.refusal]
    written = [row.letter for row in going if row.letter is not None]
    return {
        "rows": [
            {"ready": row, "url": _address("letter", level, row.unit.code), "field": form.field_of(row.unit)}
            for row in going
        ],
        "left": [row for row in rows if row.refusal],
        "form": form,
        "level": level,
        "back": _address("letters", level),
        "seen": letters.mark_of(written),
    }


def _say(request: HttpRequest, done: releasing.Released) -> None:
    sent = "、".join(f"{row.unit.short_name}（{row.paper.number_text}）" for row in done.letters)
    messages.success(request, _("已发催办函：%(sent)s。") % {"sent": sent})
    for unit, why in done.left:
        messages.warning(request, f"{unit.short_name}：{why}")
    if done.silent:
        names = "、".join(done.silent)
        messages.warning(request, _("%(names)s没有平台账号，请另行送达并登记签收。") % {"names": names})
