"""A bulletin's way: every state and role, one effect of two acts at once, numbers without gaps, a frozen end."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from apps.accounts.enums import Role
from apps.action_items.models import ActionItem, ProgressReport
from apps.bulletins import pages, papers, selectors, services, wording
from apps.bulletins.enums import (
    BULLETIN_COLOURS,
    INFORMATION_COLOURS,
    PAPER_KINDS,
    SECTIONS,
    SERIES,
    BulletinKind,
    BulletinState,
    InformationState,
    SectionCode,
)
from apps.bulletins.models import Bulletin, Section
from apps.bulletins.services.reports import StaleError
from apps.common import settings_rows, workflow
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.dispatch.chasing import chase_receipts
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice
from apps.dispatch.services import confirm_receipt
from apps.dispatch.stopping import stop_paper
from apps.documents import making
from apps.documents.models import IssuedNumber
from apps.roster.models import Appointment, Unit
from tests.factories.people import People, give_role

from . import make

Login = Callable[[Any], Client]
MAKERS = {
    BulletinState.DRAFTING: make.drafted,
    BulletinState.SUBMITTED: make.submitted,
    BulletinState.APPROVED: make.approved,
    BulletinState.NUMBERED: make.numbered,
    BulletinState.ISSUED: make.issued,
}
NONE: list[str] = []
# State → role → the verbs it may do now. Whoever is not named may do none.
MATRIX: dict[BulletinState, dict[str, list[str]]] = {
    BulletinState.DRAFTING: {"office": ["drop", "submit"], "director": ["drop", "submit"]},
    BulletinState.SUBMITTED: {
        "office": ["withdraw"], "director": ["withdraw", "send_back", "approve"],
        "convener": ["send_back", "approve"],
    },
    BulletinState.APPROVED: {"office": ["number"], "director": ["withdraw_approval", "number"]},
    BulletinState.NUMBERED: {"office": ["void", "issue"], "director": ["issue"]},
    BulletinState.ISSUED: {},
    BulletinState.DROPPED: {},
}  # fmt: skip


def roles(people: People) -> dict[str, Any]:
    return {
        "office": people.office, "director": people.director, "convener": people.convener,
        "deputy": people.host_deputy, "unit": people.liaison("jiaoyuju"), "member": people.member("kejiju"),
        "sysadmin": people.sysadmin, "auditor": people.auditor, "visitor": people.visitor,
    }  # fmt: skip


@pytest.mark.parametrize("state", list(BulletinState))
def test_every_state_and_role(past: People, state: BulletinState) -> None:
    if state == BulletinState.DROPPED:
        row = services.drop(make.drafted(past), reason="改为下期一并通报", by=past.office)
    else:
        row = MAKERS[state](past)
    found = {
        name: [verb.name for verb in workflow.verbs(user, row) if verb.enabled]
        for name, user in roles(past).items()
    }
    assert found == {name: MATRIX[state].get(name, NONE) for name in found}


def test_every_member_of_the_kinds_is_accounted_for() -> None:
    assert set(BULLETIN_COLOURS) == set(BulletinState) == set(MATRIX)
    assert set(INFORMATION_COLOURS) == set(InformationState)
    assert set(SECTIONS) == set(PAPER_KINDS) == set(BulletinKind)
    assert set(SERIES) == {*PAPER_KINDS.values(), "information"}
    assert set(wording._MAKERS) == set(SectionCode)
    assert {code for codes in SECTIONS.values() for code in codes} == set(SectionCode)


def test_a_draft_is_made_whole(past: People) -> None:
    row = make.drafted(past)
    assert (row.title, row.state, row.marker, row.previous) == (
        "关于2026年第四季度议定事项进展情况的通报", "drafting", "示例（虚构）", None,
    )  # fmt: skip
    assert list(row.sections.values_list("code", "heading", "proposed", "version")) == [
        ("overall", "总体情况", True, 1), ("units", "各单位落实情况", True, 1), ("problems", "存在问题", True, 1),
        ("next", "下一步工作", True, 1),
    ]  # fmt: skip
    assert [event.label for event in history_of(row)] == ["起草"]
    assert pages.warnings(list(row.sections.all()), row.snapshot) == []


@pytest.mark.parametrize(
    "values", [{"ends_on": date(2199, 1, 1)}, {"ends_on": date(2025, 12, 31)}, {"period": "甲" * 41}]
)
def test_a_wrong_span_makes_nothing(past: People, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make.drafted(past, **values)
    assert (Bulletin.objects.count(), Section.objects.count()) == (0, 0)


def test_only_the_office_drafts(past: People) -> None:
    for user in (past.convener, past.liaison("jiaoyuju"), past.auditor, past.sysadmin):
        with pytest.raises(PermissionDenied):
            services.make_bulletin(
                kind="bulletin", period="甲", starts_on=make.CUT_OFF, ends_on=make.CUT_OFF, by=user
            )


def test_an_edit_is_kept_in_history_and_a_stale_one_is_not_saved(past: People) -> None:
    row = make.drafted(past)
    section = row.sections.get(code="overall")
    done = services.edit_section(section, heading="总体", text="改过的文字。", version=1, by=past.office)
    assert (done.heading, done.text, done.version, done.proposed) == ("总体", "改过的文字。", 2, False)
    with pytest.raises(StaleError) as stale:
        services.edit_section(
            section, heading="总体情况", text="另一个窗口的文字。", version=1, by=past.director
        )
    assert stale.value.section.text == "改过的文字。"
    again = services.propose_again(section, by=past.office)
    assert (again.text, again.version, again.proposed) == (
        wording.propose("overall", row.snapshot),
        3,
        True,
    )
    kept = list(again.history.order_by("history_id").values_list("text", "history_user__username"))
    assert kept == [(again.text, "office"), ("改过的文字。", "office"), (again.text, "office")]
    assert [event.label for event in history_of(row)] == ["起草", "修改文字", "重新拟写"]


def test_taking_figures_again_keeps_typed_words(past: People) -> None:
    row = make.drafted(past)
    services.edit_section(
        row.sections.get(code="next"), heading="下一步", text="我们写的。", version=1, by=past.office
    )
    ActionItem.objects.filter(ref="M2-6").update(state="closed", closed_on=date(2026, 11, 20))
    assert Bulletin.objects.get(pk=row.pk).snapshot["totals"]["closed"] == 4
    again = services.take_again(row, by=past.office)
    assert again.snapshot["totals"]["closed"] == 5
    texts = dict(again.sections.values_list("code", "text"))
    assert texts["next"] == "我们写的。"
    assert "按期办结4项" in texts["overall"]
    submitted = services.submit(again, by=past.office)
    for act in (
        lambda: services.take_again(submitted, by=past.office),
        lambda: services.propose_again(submitted.sections.all()[0], by=past.office),
        lambda: services.change_facts(submitted, title="甲", period="乙", report_up=False, by=past.office),
    ):
        with pytest.raises(Refused, match="只有起草中的通报可以修改"):
            act()


def test_two_approvals_at_once_are_one(past: People) -> None:
    row = make.submitted(past)
    first, second = Bulletin.objects.get(pk=row.pk), Bulletin.objects.get(pk=row.pk)
    services.approve(first, by=past.director, seen=selectors.mark_of(first), opinion="同意印发")
    with pytest.raises(Refused, match="当前状态为“待编号”"):
        services.approve(second, by=past.convener, seen=selectors.mark_of(second))
    done = Bulletin.objects.get(pk=row.pk)
    assert (done.approved_by, done.answer, done.signed_on) == (
        past.director, "同意印发", timezone.localdate(),
    )  # fmt: skip
    assert [event.label for event in history_of(row)] == ["起草", "送审批", "批准"]


def test_what_was_not_read_is_not_approved(past: People) -> None:
    row = make.submitted(past)
    seen = selectors.mark_of(row)
    services.withdraw(row, by=past.office)
    section = row.sections.get(code="next")
    services.edit_section(section, heading="下一步", text="换了。", version=1, by=past.office)
    services.submit(row, by=past.office)
    with pytest.raises(Refused, match="文字有改动"):
        services.approve(row, by=past.director, seen=seen)
    assert Bulletin.objects.get(pk=row.pk).state == BulletinState.SUBMITTED


def test_who_submitted_does_not_approve(past: People) -> None:
    row = make.drafted(past)
    past.convener  # noqa: B018 - has an account to be told
    services.submit(row, by=past.director)
    with pytest.raises(PermissionDenied):
        services.approve(row, by=past.director, seen=selectors.mark_of(row))
    assert [todo.title for todo in selectors.waiting_for(past.convener)] == [row.title]
    assert services.approve(row, by=past.convener, seen=selectors.mark_of(row)).approved_by == past.convener


@pytest.mark.parametrize("act", ["drafts", "edits", "facts"])
def test_who_wrote_in_it_does_not_approve(past: People, client_of: Login, act: str) -> None:
    director, convener = past.director, past.convener
    row = make.drafted_by(director) if act == "drafts" else make.drafted(past)
    if act == "edits":
        section = row.sections.get(code="next")
        services.edit_section(section, heading="下一步", text="主任写的。", version=1, by=director)
    if act == "facts":
        both: dict[str, Any] = {"title": "主任改过的标题", "report_up": True}
        services.change_facts(row, period="临时", **both, by=director)
        row = services.change_facts(
            row, period=row.period, **both, by=past.office
        )  # what he put there is gone
        assert row.facts_by([director.pk]) == ["标题", "抄报"]
    row = services.submit(row, by=past.office)
    with pytest.raises(PermissionDenied):
        services.approve(row, by=director, seen=selectors.mark_of(row))
    page = client_of(director).get(row.get_absolute_url())
    why = {
        "drafts": "这份通报是您起草的，须由办公室主任或者召集人中的另一位批准。",
        "edits": (
            "您修改过“下一步”，须由办公室主任或者召集人中的另一位批准；撤回送审、重新拟写这些部分之后，您也可以批准。"
        ),
        "facts": "您修改过标题、抄报，须由办公室主任或者召集人中的另一位批准。",
    }[act]
    assert page.context["not_approver"] == why
    assert why in page.content.decode()
    assert [action["name"] for action in page.context["actions"]] == ["withdraw"]
    told = PortalNotice.objects.filter(title=f"待审批：{row.title}").values_list("user", flat=True)
    assert (list(told), selectors.waiting_for(director)) == ([convener.pk], [])
    assert [(todo.title, todo.verb) for todo in selectors.waiting_for(convener)] == [(row.title, "审批")]
    assert client_of(convener).get(row.get_absolute_url()).context["not_approver"] == ""
    assert services.approve(row, by=convener, seen=selectors.mark_of(row)).approved_by == convener


def test_where_each_approver_wrote_in_it_his_part_is_proposed_again_and_he_approves(past: People) -> None:
    director, convener = past.director, past.convener
    give_role(convener, Role.OFFICE_STAFF)
    row = make.drafted(past)
    for code, heading, by in (("next", "下一步", director), ("problems", "问题", convener)):
        section = row.sections.get(code=code)
        services.edit_section(section, heading=heading, text="本人写的。", version=1, by=by)
    facts: dict[str, Any] = {"period": row.period, "report_up": False}
    services.change_facts(row, title="主任的标题", **facts, by=director)
    with pytest.raises(Refused) as refused:
        services.submit(row, by=past.office)
    assert refused.value.text == (
        "办公室主任和召集人中没有人可以批准：起草、送审和修改过文字的人不批准。请先重新拟写他们改过的“问题”、“下一步”，"
        "由别人改定他们改过的标题，再送审。"
    )
    row.refresh_from_db()
    assert (row.state, row.submitted_by, PortalNotice.objects.count()) == (BulletinState.DRAFTING, None, 0)
    again = services.propose_again(row.sections.get(code="next"), by=past.office)
    services.change_facts(row, title="办公室的标题", **facts, by=past.office)
    row.refresh_from_db()
    assert row.writers() == {past.office.pk, convener.pk}
    services.edit_section(again, heading="打算", text="办公室写的。", version=again.version, by=past.office)
    services.submit(row, by=past.office)
    with pytest.raises(PermissionDenied):
        services.approve(row, by=convener, seen=selectors.mark_of(row))
    assert [todo.title for todo in selectors.waiting_for(director)] == [row.title]
    assert services.approve(row, by=director, seen=selectors.mark_of(row)).approved_by == director


def test_matters_that_do_not_fit_are_counted_in_the_text_and_told(past: People) -> None:
    row = make.drafted(past)
    line = row.snapshot["troubled"][0] | {"problem": "缺" * 300, "next_step": "补" * 150}
    troubled = [line] * 60
    row.snapshot = row.snapshot | {"troubled": troubled}
    whole = {code: wording.propose(code, row.snapshot, 10**6).split("\n") for code in ("problems", "next")}
    row.save()
    told = []
    for code, lines in whole.items():
        section = services.propose_again(row.sections.get(code=code), by=past.office)
        *kept, last = section.text.split("\n")
        left = len(lines) - len(kept)
        assert last == f"其余{left}项见台账。"
        assert 7000 < len(section.text) <= 8000
        assert len(section.text) + len(lines[1]) + 1 > 8000  # one more would not have fitted
        told.append(f"“{section.heading}”写不下全部事项，有{left}项没有列出，只写了“见台账”。")
    assert whole["problems"][1] in Section.objects.get(bulletin=row, code="problems").text
    assert Section.objects.get(bulletin=row, code="next").text.split("\n")[-2].endswith("形成合力。")
    assert pages.warnings(list(row.sections.all()), row.snapshot) == told
    assert services.submit(row, by=past.office).state == BulletinState.SUBMITTED


def test_without_a_director_it_waits_for_the_convener(past: People) -> None:
    row = make.submitted(past)
    assert selectors.waiting_for(past.convener) == []
    Appointment.objects.filter(person__user=past.director).delete()
    assert [(todo.title, todo.verb) for todo in selectors.waiting_for(past.convener)] == [(row.title, "审批")]


def test_sent_back_with_a_word_and_submitted_again(past: People) -> None:
    row = make.submitted(past)
    with pytest.raises(Refused, match="请写明退回修改的理由"):
        services.send_back(row, reason=" ", by=past.director)
    back = services.send_back(row, reason="补写存在问题。", by=past.director)
    assert (back.state, back.answer, back.submitted_by, back.submitted_at) == (
        "drafting", "补写存在问题。", None, None,
    )  # fmt: skip
    assert [(todo.verb, todo.note) for todo in selectors.waiting_for(past.office)] == [("起草", "已退回修改")]
    assert services.submit(back, by=past.office).answer == ""


def test_an_empty_part_is_not_submitted(past: People) -> None:
    row = make.drafted(past)
    Section.objects.filter(bulletin=row, code="next").update(text=" ")
    with pytest.raises(Refused, match="还没有写：下一步工作。"):
        services.submit(row, by=past.office)


def test_numbers_have_no_gap_and_a_failed_one_was_never_taken(past: People) -> None:
    first = make.numbered(past)
    assert first.paper is not None
    bad = make.approved(past)
    Section.objects.filter(bulletin=bad, code="next").update(text="不能成文的字：\U0001f600")
    with pytest.raises(ValidationError):
        services.number(bad, printed_on=timezone.localdate(), by=past.office)
    for day in (timezone.localdate() - timedelta(days=1), timezone.localdate() + timedelta(days=31)):
        with pytest.raises(ValidationError):
            services.number(bad, printed_on=day, by=past.office)
    second = make.numbered(past)
    assert second.paper is not None
    year = timezone.localdate().year
    assert [first.paper.number_text, second.paper.number_text] == [f"通报〔{year}〕1号", f"通报〔{year}〕2号"]
    assert list(IssuedNumber.objects.filter(kind="bulletin").values_list("number", flat=True)) == [1, 2]
    with pytest.raises(Refused):
        services.number(second, printed_on=timezone.localdate(), by=past.office)


def test_a_number_is_voided_and_the_next_follows(past: People) -> None:
    row = make.numbered(past)
    with pytest.raises(Refused, match="请写明作废编号的理由"):
        services.void(row, reason=" ", by=past.office)
    for user in (past.convener, past.director):
        with pytest.raises(PermissionDenied):
            services.void(row, reason="甲", by=user)
    PortalNotice.objects.all().delete()
    past.office2  # noqa: B018 - the account exists before somebody is told
    void = services.void(row, reason="数据有误，重新起草", by=past.office)
    assert void.paper is not None
    words = f"停止使用，编号{void.paper.number_text}已作废：{void.title}"
    told = {(notice.user, notice.title) for notice in PortalNotice.objects.all()}
    assert told == {(past.director, words), (past.office2, words)}
    assert {mail.user for mail in OutboxMessage.objects.filter(subject=words)} == {
        past.director,
        past.office2,
    }
    assert void.number is not None
    assert (void.state, void.answer, void.approved_by, void.paper.status, void.number.state) == (
        "dropped", "数据有误，重新起草", past.director, "stopped", "voided",
    )  # fmt: skip
    assert void.number.void_reason == "数据有误，重新起草"
    assert [fact["value"] for fact in pages.facts(void, whole=True) if fact["label"] == "批准"] == [
        past.director
    ]
    with pytest.raises(Refused, match="当前状态为“已作废”"):
        services.issue(row, by=past.office)
    second = make.numbered(past)
    assert second.number is not None
    assert second.number.number == 2
    with pytest.raises(Refused, match="不能作废编号"):
        services.void(services.issue(second, by=past.office), reason="甲", by=past.office)


def test_an_issue_number_as_the_setting_says(past: People) -> None:
    settings_rows.put("number_style", "qi", by=past.sysadmin)
    row = make.numbered(past)
    assert row.paper is not None
    assert row.paper.number_text == "第1期"


def test_it_waits_for_its_files(past: People) -> None:
    row = services.number(make.approved(past), printed_on=timezone.localdate(), by=past.office)
    with pytest.raises(Refused, match="文件正在排版"):
        services.issue(row, by=past.office)
    assert Delivery.objects.filter(paper=row.paper).count() == 0


@pytest.mark.parametrize("report_up", [False, True])
def test_issued_to_all_units_and_upward_where_ticked(past: People, report_up: bool) -> None:
    past.liaison("jiaoyuju")
    row = make.drafted(past)
    row = services.change_facts(row, title=row.title, period=row.period, report_up=report_up, by=past.office)
    services.submit(row, by=past.office)
    services.approve(row, by=past.director, seen=selectors.mark_of(row))
    row = services.number(row, printed_on=timezone.localdate(), by=past.office)
    assert row.paper is not None
    making.make(row.paper)
    services.issue(row, by=past.office)
    found = [(str(copy.recipient), copy.role) for copy in Delivery.objects.filter(paper=row.paper)]
    units = [(unit.short_name, "send") for unit in Unit.objects.active()]
    assert found == [*([("市人民政府", "report")] if report_up else []), *units]
    told = PortalNotice.objects.filter(title=f"请签收：{row.title}")
    assert list(told.values_list("user__username", flat=True)) == ["liaison-jiaoyuju"]


def test_later_changes_of_items_change_nothing_issued(past: People) -> None:
    row = make.issued(past)
    assert row.paper is not None
    before = (row.paper.text, making.file_of(row.paper), row.snapshot, selectors.mark_of(row))
    for item in ActionItem.objects.filter(state="in_progress"):
        ProgressReport.objects.create(
            item=item,
            unit=item.parts.all()[0].unit,
            reported_on=make.CUT_OFF,
            text="新的",
            problem="新的问题",
        )
    ActionItem.objects.filter(ref__startswith="M2").update(text="改了", current_due=None, due_on=None)
    again = Bulletin.objects.get(pk=row.pk)
    assert again.paper is not None
    assert (again.paper.text, making.file_of(again.paper), again.snapshot, selectors.mark_of(again)) == before
    assert making.produce(papers.bulletin_paper(
        again, number=again.paper.number_text, printed_on=again.printed_on, final=True
    )).pdf == before[1]  # fmt: skip
    assert make.drafted(past).snapshot["totals"] != before[2]["totals"]  # it could have changed


def test_the_next_tells_changes_against_the_last_issued(past: People) -> None:
    first = make.issued(past, ends_on=date(2026, 10, 15))
    make.drafted(past, ends_on=date(2026, 10, 31))  # a draft is nothing to compare with
    second = make.drafted(past)
    assert (second.previous, second.snapshot["changes"]["since"]) == (first, "2026-10-15")
    assert first.paper is not None
    stop_paper(
        first.paper, reason="数据有误", approved_by="办公室主任", stopped_on=timezone.localdate(), by=past.office
    )  # fmt: skip
    assert services.take_again(second, by=past.office).previous is None


def test_chased_once_a_day_and_only_the_silent(past: People) -> None:
    for code in ("jiaoyuju", "kejiju"):
        past.liaison(code)
    row = make.issued(past)
    copy = Delivery.objects.get(paper=row.paper, recipient__unit__code="jiaoyuju")
    confirm_receipt(copy, by=past.liaison("jiaoyuju"))
    done = services.chase(row, by=past.office)
    told = [copy.recipient.name for copy in done.told]
    assert (told, [row.recipient.name for row in done.nobody], done.left) == (
        ["市科技局"],
        [unit.short_name for unit in Unit.objects.active() if unit.code not in ("jiaoyuju", "kejiju")],
        [],
    )
    assert row.paper is not None
    again = chase_receipts(selectors.unsigned(row.paper), by=past.office)  # the desk's button knows of it
    assert (again.told, [why for _copy, why in again.left]) == ([], ["今天已经催过。"])
    chased = PortalNotice.objects.filter(key__startswith="receipt")
    assert list(chased.values_list("user__username", flat=True)) == ["liaison-kejiju"]
    with pytest.raises(Refused, match="今天已经催过"):
        services.chase(row, by=past.office)
    with pytest.raises(PermissionDenied):
        services.chase(row, by=past.liaison("kejiju"))
    assert OutboxMessage.objects.filter(kind="receipt").count() == 1
    with pytest.raises(Refused, match="还没有印发"):
        services.chase(make.drafted(past), by=past.office)


def test_the_audit_line_dies_with_the_change(past: People, monkeypatch: pytest.MonkeyPatch) -> None:
    row = make.drafted(past)

    def broken(**_kwargs: Any) -> None:
        raise RuntimeError("journal")

    monkeypatch.setattr("apps.common.audit.record", broken)
    with pytest.raises(RuntimeError):
        services.edit_section(
            row.sections.get(code="next"), heading="甲", text="乙", version=1, by=past.office
        )
    with pytest.raises(RuntimeError):
        services.submit(row, by=past.office)
    assert Section.objects.get(bulletin=row, code="next").version == 1
    assert Bulletin.objects.get(pk=row.pk).state == BulletinState.DRAFTING


def test_the_year_is_told_from_its_meetings_and_papers(past: People) -> None:
    make.issued(past, ends_on=date(2026, 10, 15), period="2026年第三季度")
    make.given_out(past)
    row = make.drafted(past, kind="annual", period="2026年度", ends_on=timezone.localdate())
    assert row.title == "泉州市职业病防治工作联席会议2026年度工作总结"
    year = timezone.localdate().year
    assert row.snapshot["year"] == {
        "meetings": [
            {"title": "2026年第一次全体会议", "kind": "全体会议", "on": "2026-03-26", "number": "〔2026〕1号"},
            {"title": "尘肺病防治攻坚专题会议", "kind": "专题会议", "on": "2026-09-17", "number": "〔2026〕2号"},
        ],
        "bulletins": [
            {"title": "关于2026年第三季度议定事项进展情况的通报", "number": f"通报〔{year}〕1号"}
        ],
        "informations": 1,
    }  # fmt: skip
    text = row.sections.get(code="papers").text
    assert text == (
        f"印发进展情况通报1期：《关于2026年第三季度议定事项进展情况的通报》（通报〔{year}〕1号）。\n印发信息通报1期。"
    )
