"""Home by role: what waits, what is stuck and where, what came with a new post; as many queries for 1 row as for 3."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import grants
from apps.accounts.models import User
from apps.action_items import services as items
from apps.action_items.services import Progress
from apps.common import audit, settings_rows
from apps.common.models import AuditEvent
from apps.dispatch import selectors as dispatch_reads
from apps.dispatch import services as dispatch
from apps.dispatch.enums import DeliveryState, MessageState
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.minutes.enums import OPEN_CASES
from apps.minutes.models import Minutes
from apps.portal import beside, selectors
from apps.portal.models import PutAway
from apps.roster.enums import LIAISON_POSTS, PostKind
from apps.roster.models import Appointment, Post
from apps.roster.selectors import standing_of, today
from tests.action_items.test_services import make as make_item
from tests.dispatch.conftest import make_mail, make_paper
from tests.dispatch.test_papers import issue
from tests.factories.people import People
from tests.meetings import make as make_meeting
from tests.minutes import make as make_minutes

Login = Callable[[Any], Client]
# session, user, standing with what is beside it, meetings, minutes asked, items
UNIT_QUERIES = 6
# session, user, standing with what is beside it, meetings, minutes on their way, items, overdue by unit
OFFICE_QUERIES = 7


def todo_titles(page: Any) -> list[str]:
    return [str(todo.title) for todo in page.context["work"].todos]


def fill(people: People, rows: int) -> None:
    """`rows` of everything that waits for 市发改委 and for the office."""
    for number in range(rows):
        make_meeting.notified(people, title=f"会议{number}")
        make_minutes.circulating(people)
        item = make_item(people, "fagaiwei", due_on=today() - timedelta(days=5))
        items.report(item, Progress(text="x"), unit=people.unit("fagaiwei"), by=people.liaison("fagaiwei"))
        make_item(people, "fagaiwei")
        make_meeting.topic(people, title=f"议题{number}")
        make_mail(state="dead", attempts=1)
        dispatch.tell(
            [people.liaison("fagaiwei"), people.office], kind="t", title="示例", url="/", key=str(number)
        )


@pytest.mark.parametrize("rows", [1, 3])
def test_home_costs_the_same_for_one_row_and_for_three(rows: int, people: People, client_of: Login) -> None:
    fill(people, rows)
    found = {}
    for name, user in (("unit", people.liaison("fagaiwei")), ("office", people.office)):
        browser = client_of(user)
        browser.get("/")
        with CaptureQueriesContext(connection) as asked:
            page = browser.get("/")
        assert page.context["work"].count == (4 * rows if name == "unit" else 2 * rows + 1)
        found[name] = len(asked)
    assert found == {"unit": UNIT_QUERIES, "office": OFFICE_QUERIES}


def test_a_home_shows_the_first_of_each_kind_and_leads_to_the_others(
    people: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(people, 3)
    monkeypatch.setattr(selectors, "FEW", 2)
    monkeypatch.setattr(selectors, "PAGE_SIZE", 2)
    browser = client_of(people.liaison("fagaiwei"))
    page = browser.get("/")
    work = page.context["work"]
    kinds = ["answer", "consent", "sign_for", "overdue"]
    assert ([todo.kind for todo in work.todos].count(kinds[3]), len(work.todos), work.count) == (2, 8, 12)
    assert [(more.label, more.value, more.url) for more in work.more] == [
        ("待回执", 1, "?kind=answer"), ("待反馈意见", 1, "?kind=consent"), ("待签收", 1, "?kind=sign_for"),
        ("已超期", 1, "?kind=overdue"),
    ]  # fmt: skip
    assert "待签收还有 1 项" in page.content.decode()
    assert {figure.value for figure in page.context["figures"]} == {3, 0}
    whole = selectors.waiting_for(people.liaison("fagaiwei")).todos
    for kind in kinds:
        pages = [browser.get(f"/?kind={kind}&page={number}") for number in ("1", "2", "9", "x")]
        shown = [answer.context["work"].todos for answer in pages]
        assert shown[0] + shown[1] == [todo for todo in whole if todo.kind == kind]
        assert (len(shown[1]), shown[2], shown[3]) == (1, shown[1], shown[0])
        assert 'rel="next"' in pages[0].content.decode()
    assert browser.get("/?kind=nothing").context["work"].todos == work.todos


def test_the_statement_names_the_states_that_the_enums_have() -> None:
    cases = re.search(r"state IN \(([^)]*)\)", beside._SQL)
    assert cases is not None
    assert set(re.findall(r"'([a-z]+)'", cases[1])) == set(OPEN_CASES)
    assert f"state = '{MessageState.DEAD.value}'" in beside._SQL
    assert f"status = '{PaperStatus.STOPPED.value}'" in beside._SQL
    posts = re.search(r"post.kind IN \(([^)]*)\)", dispatch_reads.FRAME_BESIDE)
    assert posts is not None
    assert set(re.findall(r"'([a-z_]+)'", posts[1])) == set(LIAISON_POSTS)
    for sql in (dispatch_reads.FRAME_BESIDE, dispatch_reads._UNSIGNED):
        assert (
            f"copy.state <> '{DeliveryState.RECEIVED.value}' AND paper.status = '{PaperStatus.CURRENT.value}'"
            in sql
        )


def test_a_unit_sees_its_five_numbers_and_one_button_for_each_matter(
    people: People, client_of: Login
) -> None:
    fill(people, 1)
    page = client_of(people.liaison("fagaiwei")).get("/")
    assert {figure.label: figure.value for figure in page.context["figures"]} == {
        "待回执": 1, "待反馈意见": 1, "待签收": 1, "待报进展": 0, "已超期": 1,
    }  # fmt: skip
    assert (page.context["papers"], page.context["late"], page.context["journal"]) == ([], None, None)
    html = page.content.decode()
    assert html.count('<a class="btn btn-primary"') + html.count('<a class="btn btn-danger"') == 4
    assert page.context["bell_count"] == people.liaison("fagaiwei").notices.filter(read_at=None).count()
    assert page.context["unit_label"] == "市发改委"


def test_the_office_sees_what_is_stuck_where_and_for_how_long(people: People, client_of: Login) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=4)):
        minutes = make_minutes.circulating(people)
    make_item(people, "jiaoyuju", due_on=today() - timedelta(days=5))
    make_item(people, "fagaiwei", due_on=today() - timedelta(days=5))
    make_item(people, "fagaiwei", due_on=today() - timedelta(days=9))
    meeting = make_meeting.notified(people)
    make_mail(state="dead", attempts=1)
    page = client_of(people.office).get("/")
    [paper] = page.context["papers"]
    silent = f"{minutes.circulations.get().consents.count()}个单位"
    assert (paper.url, paper.state, paper.days, paper.silent) == (
        minutes.get_absolute_url(), "征求意见中", 4, silent,
    )  # fmt: skip
    red = [(cell.name, cell.value) for cell in page.context["late"].red]
    assert red == [("市发改委", 2), ("市教育局", 1)]
    rows = client_of(people.office).get(page.context["late"].red[0].url).context["lines"]
    assert {line["item"].ref for line in rows} == {"T-2", "T-3"}
    [coming] = page.context["meetings"]
    assert (coming.url, coming.silent) == (meeting.get_absolute_url(), meeting.invitations.count())
    assert "1封邮件没有送达" in todo_titles(page)
    html = page.content.decode()
    assert "已停留 4 天" in html
    assert f"{silent}未反馈" in html
    assert f"{coming.silent} 个单位未回执" in html


def test_days_held_begin_with_the_present_state(people: People) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        minutes = make_minutes.settled(people)
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        Minutes.objects.get(pk=minutes.pk)
        make_minutes.services.submit_audit(minutes, by=people.office)
    assert [row.days for row in selectors.papers_on_their_way(people.office)] == [2]


def test_the_convener_sees_what_to_decide_and_what_is_overdue(people: People, client_of: Login) -> None:
    plan = make_meeting.submitted(people)
    minutes = make_minutes.audited(people)
    make_item(people, "jiaoyuju", due_on=today() - timedelta(days=5))
    page = client_of(people.convener).get("/")
    assert todo_titles(page) == [f"会议方案：{plan.title}", str(minutes)]
    assert [cell.name for cell in page.context["late"].red] == ["市教育局"]
    assert [row.state for row in page.context["papers"]] == [minutes.get_state_display()]


def test_a_visitor_sees_what_is_open_to_him_and_until_when(people: People, client_of: Login) -> None:
    minutes, until = make_minutes.settled(people), today() + timedelta(days=9)
    browser = client_of(people.visitor)
    page = browser.get("/")
    assert page.context["opened"] == []
    assert ("现在没有向您开放的内容" in page.content.decode(), "都办完了" in page.content.decode()) == (
        True,
        False,
    )
    grants.give(minutes, to=people.visitor, until=until, by=people.office)
    page = browser.get("/")
    assert page.context["opened"] == [selectors.Opened(str(minutes), minutes.get_absolute_url(), until)]
    meeting = minutes.meeting.get_absolute_url()
    assert f'href="{meeting}"' not in browser.get(minutes.get_absolute_url()).content.decode()
    assert "没有向您开放的会议" in browser.get("/meetings/").content.decode()
    grants.give(minutes.meeting, to=people.visitor, until=until, by=people.office)
    assert f'href="{meeting}"' in browser.get(minutes.get_absolute_url()).content.decode()
    assert client_of(people.liaison("jiaoyuju")).get("/").context["opened"] is None


def test_administrators_see_failures(people: People, client_of: Login, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings_rows.put("second_factor", False, by=people.sysadmin)
    make_mail(state="dead", attempts=1)
    make_mail(due_at=timezone.now() - timedelta(minutes=30))
    paper = make_paper()
    other = make_paper(number="〔2026〕2号")
    ArchivedPaper.objects.bulk_create([_without_files(paper)])
    assert other.trouble == ""
    titles = todo_titles(client_of(people.sysadmin).get("/"))
    assert titles[:4] == [
        "1封邮件没有送达", "没有配置邮件服务器，邮件只登记、不寄出（设置 EMAIL_URL）", "邮件等了十多分钟没有人处理，后台程序可能没有运行",
        "1份公文的存档文件没有做成",
    ]  # fmt: skip
    nav = [str(entry["label"]) for entry in client_of(people.sysadmin).get("/").context["nav"]]
    assert nav == ["首页", "日历", "成员单位", "发文", "管理"]
    rules = client_of(people.sysadmin).get("/items/rules/")
    assert [str(entry["label"]) for entry in rules.context["nav"] if entry["active"]] == ["管理"]
    for user in (people.sysadmin, people.secadmin):
        assert client_of(user).get("/overview/").status_code == 403
    ledger = client_of(people.sysadmin).get("/items/").content.decode()
    assert ("您的岗位不查看议定事项" in ledger, "台账里还没有事项" in ledger) == (True, False)
    assert "1份公文的存档文件没有做成" in todo_titles(client_of(people.office).get("/"))
    assert todo_titles(client_of(people.liaison("jiaoyuju")).get("/")) == []
    assert todo_titles(client_of(people.secadmin).get("/")) == ["3个管理或办公室账号没有启用两步验证"]


def _without_files(like: ArchivedPaper) -> ArchivedPaper:
    return ArchivedPaper(
        kind=like.kind, title="示例", number_text="", signed_on=like.signed_on, pages=0, text="", data={},
        made_at=timezone.now(), trouble="缺字", attempts=1,
    )  # fmt: skip


def test_the_auditor_sees_where_the_journal_stands(people: People, client_of: Login) -> None:
    make_item(people, "jiaoyuju")
    browser = client_of(people.auditor)
    last = AuditEvent.objects.order_by("-id")[0]
    page = browser.get("/")
    assert (page.context["journal"].last, page.context["journal"].verified_at) == (last, None)
    assert last.hash[:16] in page.content.decode()
    audit.record(by=people.auditor, verb="verify_audit", label="核验")
    journal = browser.get("/").context["journal"]
    assert journal.verified_at == AuditEvent.objects.get(verb="verify_audit").at
    assert client_of(people.office).get("/").context["journal"] is None


# --- 您接手的 ---------------------------------------------------------------


def succeed(people: People, code: str, *, days_ago: int) -> User:
    """A new person takes the post of a unit's liaison over."""
    old = people.liaison(code)
    post = Post.objects.exclude(kind=PostKind.LIAISON_B).get(appointments__person__user=old, unit__code=code)
    since = today() - timedelta(days=days_ago)
    Appointment.objects.filter(post=post).update(ends_on=since - timedelta(days=1))
    fresh = User.objects.create_user(f"successor-{code}", name="接任者")
    person = post.unit.people.create(name="×××", user=fresh)
    Appointment.objects.create(post=post, person=person, starts_on=since, basis_kind="filed", basis="示例")
    return fresh


def test_a_successor_finds_what_is_open_until_he_puts_the_card_away(people: People, client_of: Login) -> None:
    make_item(people, "jiaoyuju")
    make_item(people, "kejiju", supports=("jiaoyuju",))
    meeting = make_meeting.notified(people, codes=("jiaoyuju",))
    issue(make_paper(), people.office)
    fresh = succeed(people, "jiaoyuju", days_ago=3)
    browser = client_of(fresh)
    unit = people.unit("jiaoyuju").pk
    card = browser.get("/").context["handover"]
    assert [(post.post, post.since) for post in card.posts] == [
        ("市教育局办公室成员", today() - timedelta(days=3))
    ]
    assert [(line.label, line.value, line.url) for line in card.lines] == [
        ("牵头的事项（在办 1 项）", 1, f"/items/?lead={unit}"),
        ("配合的事项", 1, f"/items/?support={unit}"),
        ("待回执", 1, "?kind=answer"),
        ("待签收", 3, "?kind=sign_for"),
        ("未签收的公文", 1, "/dispatch/"),
    ]
    assert meeting.title in browser.get("/").content.decode()
    away = f"/handover/{card.posts[0].pk}/away/"
    assert browser.get(away).status_code == 405
    for _twice in range(2):
        answer = browser.post(away)
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/").context["handover"] is None
    assert PutAway.objects.count() == 1


def test_nobody_puts_anothers_card_away(people: People, client_of: Login) -> None:
    fresh = succeed(people, "jiaoyuju", days_ago=3)
    [pk] = beside.read(fresh).new_posts
    assert client_of(people.liaison("kejiju")).post(f"/handover/{pk}/away/").status_code == 404
    assert client_of(fresh).get("/").context["handover"] is not None


@pytest.mark.parametrize(("days_ago", "shown"), [(0, True), (30, True), (31, False)])
def test_the_card_shows_for_thirty_days(days_ago: int, shown: bool, people: People) -> None:
    fresh = succeed(people, "jiaoyuju", days_ago=days_ago)
    assert bool(beside.read(fresh).new_posts) is shown
    assert standing_of(fresh).liaison_units == {people.unit("jiaoyuju").pk}
    assert beside.read(people.liaison("kejiju")).new_posts == ()
