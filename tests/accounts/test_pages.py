"""The administrator's pages: who sees them, what they do, how often they ask the database."""

import io
import json
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant, User
from apps.common import audit, long_work, settings_rows
from apps.common.models import AuditEvent, CalendarDay
from apps.portal import works
from tests.factories.people import People, give_role, make_user

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]

# Page → who may open it; everybody else gets 403.
OPEN = {
    "accounts:list": {"sysadmin", "secadmin", "auditor"},
    "accounts:create": {"sysadmin"},
    "accounts:roles": {"sysadmin", "secadmin", "auditor"},
    "accounts:grants": {"office", "director", "secadmin", "auditor"},
    "accounts:audit": {"auditor"},
    "accounts:audit_export": {"auditor"},
    "accounts:settings": {"office", "director", "sysadmin", "secadmin", "auditor"},
    "accounts:calendar": {"office", "director", "sysadmin", "secadmin", "auditor"},
    "accounts:calendar_import": {"sysadmin"},
}


def everybody(people: People) -> dict[str, User]:
    return {
        "office": people.office, "director": people.director, "convener": people.convener,
        "deputy": people.host_deputy, "liaison": people.liaison("kejiju"), "member": people.member("kejiju"),
        "sysadmin": people.sysadmin, "secadmin": people.secadmin, "auditor": people.auditor,
        "visitor": people.visitor,
    }  # fmt: skip


@pytest.mark.core
def test_each_page_opens_for_those_it_is_for(people: People, client_of: ClientOf) -> None:
    seen: dict[str, set[str]] = {name: set() for name in OPEN}
    for role, user in everybody(people).items():
        browser = client_of(user)
        for name in OPEN:
            code = browser.get(reverse(name)).status_code
            assert code in (200, 403), (role, name, code)
            if code == 200:
                seen[name].add(role)
    assert seen == OPEN
    assert {Client().get(reverse(name)).status_code for name in OPEN} == {302}


def test_acts_on_an_account_are_for_the_system_administrator(people: People, client_of: ClientOf) -> None:
    target = make_user("target")
    allowed = {}
    for role, user in everybody(people).items():
        browser = client_of(user)
        verbs = ("disable", "enable", "reset", "unlock", "nonsense")
        codes = [
            browser.post(reverse("accounts:act", args=[target.pk, v]), {"reason": "试"}).status_code
            for v in verbs
        ]
        codes.append(browser.get(reverse("accounts:edit", args=[target.pk])).status_code)
        allowed[role] = codes
    nothing = [403, 403, 403, 403, 404, 403]
    expected = dict.fromkeys(allowed, nothing) | {
        "sysadmin": [302, 302, 200, 403, 404, 200],
        "secadmin": [403, 403, 403, 302, 404, 403],
    }
    assert allowed == expected


@pytest.mark.core
def test_opening_an_account_shows_the_password_once(people: People, client_of: ClientOf) -> None:
    browser, url = client_of(people.sysadmin), reverse("accounts:create")
    assert browser.post(url, {"username": "坏 名", "name": ""}).status_code == 422
    data = {"username": "SJ-A", "name": "市审计局经办人", "email": "", "phone": ""}
    answer = browser.post(url, data)
    user = User.objects.get(username="sj-a")
    assert user.check_password(answer.context["word"])
    assert answer.context["word"] in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert browser.post(url, data).status_code == 422
    page = browser.get(reverse("accounts:detail", args=[user.pk])).content.decode()
    assert "开通账号" in page
    assert answer.context["word"] not in page


def test_roles_are_given_and_taken_on_the_page(people: People, client_of: ClientOf) -> None:
    browser, url, user = client_of(people.secadmin), reverse("accounts:roles"), make_user("target")
    assert browser.post(url, {"user": user.pk, "role": "nonsense"}).status_code == 422
    assert browser.post(url, {"user": user.pk, "role": "auditor", "ends_on": "2020-01-01"}).status_code == 422
    assert browser.post(url, {"user": user.pk, "role": "auditor"}).status_code == 302
    grant = RoleGrant.objects.get(user=user)
    refused = browser.post(url, {"user": user.pk, "role": "system_admin"}, follow=True)
    assert "三员分立" in refused.content.decode()
    assert client_of(people.auditor).post(reverse("accounts:role_take", args=[grant.pk])).status_code == 403
    assert browser.post(reverse("accounts:role_take", args=[grant.pk])).status_code == 302
    assert not RoleGrant.objects.filter(user=user).exists()
    settings_rows.put("separate_administrators", False, by=people.sysadmin)
    assert "“三员分立”已关闭" in browser.get(url).content.decode()


def test_settings_change_together_or_not_at_all(people: People, client_of: ClientOf) -> None:
    url, browser = reverse("accounts:settings"), client_of(people.sysadmin)
    form = browser.get(url).context["form"]
    data = {key: value for key, value in form.initial.items() if value is not False}
    assert browser.post(url, data | {"notice_days": "999", "consent_days": "5"}).status_code == 422
    assert settings_rows.value("consent_days") == 3
    data.pop("silence_consents")
    assert browser.post(url, data | {"consent_days": "5"}).status_code == 302
    assert (settings_rows.value("consent_days"), settings_rows.value("silence_consents")) == (5, False)
    assert AuditEvent.objects.filter(verb="set").count() == 2
    assert client_of(people.office).post(url, data).status_code == 403


def test_the_calendar_is_edited_and_imported(people: People, client_of: ClientOf) -> None:
    browser, url = client_of(people.sysadmin), reverse("accounts:calendar")
    assert "2027年还没有放假安排" in browser.get(url, {"year": "2027"}).content.decode()
    day = {"day": "2027-01-01", "kind": "rest", "name": "元旦"}
    assert browser.post(reverse("accounts:calendar_day"), day).status_code == 302
    assert "2027年还没有放假安排" not in browser.get(url, {"year": "2027"}).content.decode()
    wrong = browser.post(reverse("accounts:calendar_day"), {"day": "2027-02-30", "kind": "rest"}, follow=True)
    assert (wrong.status_code, CalendarDay.objects.count()) == (200, 1)
    bring = reverse("accounts:calendar_import")
    assert browser.post(bring, {"lines": "2027-02-30 休 春节"}).context["form"].non_field_errors() == [
        "第1行：日期2027-02-30不存在。"
    ]
    assert browser.post(bring, {}).status_code == 422
    book, out = Workbook(), io.BytesIO()
    book.active.append(["2027-02-14", "班", "春节"])  # type: ignore[union-attr]
    book.save(out)
    out.name = "2027.xlsx"
    out.seek(0)
    assert browser.post(bring, {"sheet": out}).status_code == 302
    assert list(CalendarDay.objects.values_list("date", "is_workday")) == [
        (date(2027, 1, 1), False),
        (date(2027, 2, 14), True),
    ]
    row = CalendarDay.objects.first()
    assert row is not None
    assert browser.post(reverse("accounts:calendar_remove", args=[row.pk])).status_code == 302
    assert CalendarDay.objects.count() == 1
    odd = ("x", "99999999999999999999", "１", "²", "0209999", "2" + "0" * 5000)
    assert [browser.get(url, {"year": year}).status_code for year in odd] == [200] * len(odd)


def test_the_journal_is_filtered_paged_and_exported(
    people: People, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, url = client_of(people.auditor), reverse("accounts:audit")
    for number in range(60):
        audit.record(
            by=people.office, verb="试验", label="=试验", obj=people.unit("kejiju"), detail={"n": number}
        )
    audit.record(by=people.office, verb="denied", label="越权被拒", allowed=False)
    first = browser.get(url, {"who": "办公室"}).context["page"]
    assert (len(first.rows), first.newer) == (50, None)
    second = browser.get(url, {"who": "办公室", "before": first.older}).context["page"]
    assert (len(second.rows), second.older) == (11, None)
    back = browser.get(url, {"who": "办公室", "after": second.newer}).context["page"]
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    assert [row.label for row in browser.get(url, {"refused": "on"}).context["page"].rows] == ["越权被拒"]
    assert len(browser.get(url, {"what": "市科技局", "verb": "试验"}).context["page"].rows) == 50
    assert browser.get(url, {"since": "2000-01-01", "until": "2000-01-02"}).context["page"].rows == []
    assert [browser.get(url, {"before": x}).status_code for x in ("x", "9" * 40, "-1")] == [200] * 3
    answer = browser.get(reverse("accounts:audit_export"), {"verb": "试验"})
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert (len(rows), rows[1][2], rows[1][4]) == (61, "办公室工作人员", "'=试验")
    assert AuditEvent.objects.filter(verb="export_audit", actor=people.auditor).count() == 1
    monkeypatch.setattr(long_work, "LONG_ROWS", 60)
    assert browser.get(reverse("accounts:audit_export"), {"verb": "试验"}).status_code == 200
    monkeypatch.setattr(long_work, "LONG_ROWS", 59)
    here = browser.get(reverse("accounts:audit_export"), {"verb": "试验"}).headers["Location"]
    assert works.sweep() == 1
    answer = browser.get(f"{here}file/")
    book = load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
    assert list(book.iter_rows(values_only=True)) == rows
    # The long one is a line when it is fetched, once.
    taken = AuditEvent.objects.filter(verb__in=("export_audit", "export"), actor=people.auditor)
    assert [event.detail for event in taken] == [{"filter": "操作：试验", "count": 60}] * 3


def test_the_auditor_checks_the_chain(people: People, client_of: ClientOf) -> None:
    page = client_of(people.auditor).post(reverse("accounts:audit_verify"), follow=True).content.decode()
    assert "日志链完好" in page
    assert client_of(people.sysadmin).post(reverse("accounts:audit_verify")).status_code == 403


@pytest.mark.parametrize(
    ("name", "limit"), [("accounts:list", 8), ("accounts:roles", 7), ("accounts:audit", 7)]
)
def test_lists_ask_as_often_for_three_rows_as_for_one(
    people: People, client_of: ClientOf, django_assert_num_queries: Callable, name: str, limit: int
) -> None:
    browser = client_of(people.auditor)
    browser.get(reverse(name))
    with django_assert_num_queries(limit) as few:
        browser.get(reverse(name))
    for number in range(3):
        give_role(make_user(f"extra{number}"), Role.OFFICE_STAFF)
        audit.record(by=people.office, verb="x", label="试", obj=people.office)
    with django_assert_num_queries(limit):
        browser.get(reverse(name))
    assert json.dumps(len(few)) == str(limit)


def test_accounts_stand_in_the_order_of_the_charter(people: People, client_of: ClientOf) -> None:
    made = [
        people.member("kejiju"), people.liaison("kejiju"), people.liaison("gongxinju"), people.liaison("jiaoyuju"),
        people.visitor, people.auditor, people.secadmin, people.sysadmin, people.convener, people.director,
        people.office2, people.office,
    ]  # fmt: skip
    left = people.liaison_b("jiaoyuju")
    left.is_active = False
    left.save()
    page = client_of(people.auditor).get(reverse("accounts:list"))
    shown = [account.username for account, _roles in page.context["rows"]]
    assert len(shown) == len(made) + 1
    assert shown == [
        "convener", "director", "office", "office2", "sysadmin", "secadmin", "auditor",
        "liaison-jiaoyuju", "member-kejiju", "liaison-kejiju", "liaison-gongxinju", "visitor", "liaison-b-jiaoyuju",
    ]  # fmt: skip
