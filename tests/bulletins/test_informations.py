"""信息通报: sent in by a unit, answered by the office, issued to those chosen, opened is read."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.bulletins import selectors, services
from apps.bulletins.enums import InformationState
from apps.bulletins.models import Information
from apps.common import workflow
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.dispatch.models import Delivery, PortalNotice
from apps.documents.models import IssuedNumber
from apps.roster.models import Unit
from tests.factories.people import People

from . import make

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)
NONE: list[str] = []
OFFICE = ["return_", "drop", "issue"]  # no at the left, yes at the right
MATRIX: dict[InformationState, dict[str, list[str]]] = {
    InformationState.SUBMITTED: {"office": OFFICE, "director": OFFICE, "own": ["withdraw"]},
    InformationState.RETURNED: {"own": ["resubmit", "withdraw"]},
    InformationState.ISSUED: {},
    InformationState.DROPPED: {},
    InformationState.WITHDRAWN: {},
}


def row_in(people: People, state: InformationState) -> Information:
    if state == InformationState.ISSUED:
        return make.given_out(people)
    row = make.sent(people)
    if state == InformationState.RETURNED:
        return services.return_information(row, reason="请补充数据。", by=people.office)
    if state == InformationState.DROPPED:
        return services.drop_information(row, reason="已有同类信息。", by=people.office)
    if state == InformationState.WITHDRAWN:
        return services.withdraw_information(row, by=people.liaison("zhujianju"))
    return row


@pytest.mark.parametrize("state", list(InformationState))
def test_every_state_and_role(people: People, state: InformationState) -> None:
    row = row_in(people, state)
    users = {
        "office": people.office, "director": people.director, "convener": people.convener,
        "own": people.liaison("zhujianju"), "own member": people.member("zhujianju"),
        "other": people.liaison("jiaoyuju"), "auditor": people.auditor, "sysadmin": people.sysadmin,
        "visitor": people.visitor,
    }  # fmt: skip
    found = {
        name: [verb.name for verb in workflow.verbs(user, row) if verb.enabled]
        for name, user in users.items()
    }
    assert found == {name: MATRIX[state].get(name, NONE) for name in users}


def test_a_unit_sends_in_and_the_office_is_told(people: People) -> None:
    people.office  # noqa: B018 - the account exists before somebody is told
    scan = SimpleUploadedFile("要点.png", PNG + b"\x00" * 64, content_type="image/png")
    row = make.sent(people, uploads=[scan])
    assert (row.unit.code, row.state, row.on_behalf, [file.name for file in row.files.all()]) == (
        "zhujianju", "submitted", False, ["要点.png"],
    )  # fmt: skip
    assert list(PortalNotice.objects.values_list("user__username", "title")) == [
        ("office", "市住建局报送信息：建筑工地噪声危害防护提示")
    ]
    assert [(todo.title, todo.verb, todo.note) for todo in selectors.waiting_for(people.office)] == [
        ("信息通报：建筑工地噪声危害防护提示", "审核", "市住建局")
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [({"title": ""}, "title"), ({"text": ""}, "text"), ({"kind": "gossip"}, "kind"), ({"text": "字" * 6001}, "text")],
)  # fmt: skip
def test_what_is_wrong_is_not_kept(people: People, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        make.sent(people, **values)
    assert list(wrong.value.message_dict) == [field]
    assert Information.objects.count() == 0


def test_a_character_no_paper_can_carry_is_found_when_it_is_sent_in(people: People) -> None:
    with pytest.raises(ValidationError, match="不能成文"):
        make.sent(people, text="笑脸\U0001f600")
    assert Information.objects.count() == 0


def test_on_behalf_says_how_it_came(people: People) -> None:
    given: dict[str, Any] = {"title": "甲", "text": "乙", "kind": "work", "by": people.office}
    with pytest.raises(ValidationError) as wrong:
        services.send_information(people.unit("jiaoyuju"), **given)
    assert wrong.value.message_dict == {"source_note": ["请写明代录来源。"]}
    row = services.send_information(people.unit("jiaoyuju"), source_note="11月20日来函", **given)
    assert (row.on_behalf, row.source_note) == (True, "11月20日来函")
    assert [event.detail for event in history_of(row)] == [
        {"reason": "联席会议办公室代市教育局录入（11月20日来函）"}
    ]
    with pytest.raises(PermissionDenied):
        services.send_information(people.unit("jiaoyuju"), **given | {"by": people.liaison("kejiju")})


def test_sent_back_and_handed_in_again_by_the_same_act(people: People) -> None:
    row = row_in(people, InformationState.RETURNED)
    own = people.liaison("zhujianju")
    assert [(todo.title, todo.verb) for todo in selectors.waiting_for(own)] == [
        ("信息已退回：建筑工地噪声危害防护提示", "修改")
    ]
    with pytest.raises(PermissionDenied):
        services.change_information(row, title="甲", text="乙", kind="work", by=people.liaison("jiaoyuju"))
    again = services.change_information(row, title="新标题", text="新内容。", kind="risk", by=own)
    assert (again.state, again.title, again.kind, again.answer) == (
        "submitted", "新标题", "risk", "请补充数据。",
    )  # fmt: skip
    assert [event.label for event in history_of(row)] == ["报送", "退回", "重新报送"]


def test_issued_to_the_units_chosen(people: People) -> None:
    for code in ("jiaoyuju", "kejiju"):
        people.liaison(code)
    row = make.given_out(people, "jiaoyuju", "gongxinju")
    assert row.paper is not None
    year = timezone.localdate().year
    assert (row.state, row.paper.number_text, row.paper.title, row.issued_by) == (
        "issued", f"信息〔{year}〕1号", "关于建筑工地噪声危害防护提示的信息通报", people.office,
    )  # fmt: skip
    assert row.paper.text.split("\n")[3] == "市教育局、市工信局："
    assert sorted(copy.recipient.name for copy in Delivery.objects.filter(paper=row.paper)) == [
        "市工信局", "市教育局",
    ]  # fmt: skip
    assert list(
        PortalNotice.objects.filter(title__startswith="信息通报").values_list("user__username", flat=True)
    ) == ["liaison-jiaoyuju"]
    # The unit that wrote it has nothing to read and sign for, though the paper is addressed to it as well.
    own = make.given_out(people)
    copies = Delivery.objects.filter(paper=own.paper).exclude(state="sent").select_related("recipient")
    assert [(c.recipient.unit_id, c.state, c.receiver, c.note) for c in copies] == [
        (own.unit_id, "received", str(own.unit), "报送单位，不用签收")
    ]  # fmt: skip


def test_two_issues_at_once_are_one_number(people: People) -> None:
    row = make.sent(people)
    first, second = Information.objects.get(pk=row.pk), Information.objects.get(pk=row.pk)
    to = list(Unit.objects.active())
    services.issue_information(first, to=to, by=people.office)
    with pytest.raises(Refused, match="当前状态为“已印发”"):
        services.issue_information(second, to=to, by=people.office)
    with pytest.raises(PermissionDenied):
        services.issue_information(make.sent(people), to=to, by=people.liaison("jiaoyuju"))
    with pytest.raises(ValidationError, match="请至少选择一个单位"):
        services.issue_information(make.sent(people), to=[], by=people.office)
    assert list(IssuedNumber.objects.filter(kind="information").values_list("number", flat=True)) == [1]


def test_opened_by_a_liaison_is_read_and_by_nobody_else(people: People) -> None:
    row = make.given_out(people, "jiaoyuju", "kejiju")
    assert row.paper is not None
    for user in (people.office, people.member("jiaoyuju"), people.liaison("gongxinju"), people.auditor):
        services.open_copy(row, by=user)
    assert [copy.recipient.name for copy in selectors.unsigned(row.paper)] == ["市教育局", "市科技局"]
    reader = people.liaison("jiaoyuju")
    assert [(todo.title, todo.verb) for todo in selectors.waiting_for(reader)] == [
        ("信息通报：建筑工地噪声危害防护提示", "签收")
    ]
    services.open_copy(row, by=reader)
    services.open_copy(row, by=reader)
    copy = Delivery.objects.get(paper=row.paper, recipient__unit__code="jiaoyuju")
    assert (copy.state, copy.receiver, copy.received_on) == (
        "received",
        str(reader)[:60],
        timezone.localdate(),
    )
    assert [event.label for event in history_of(copy)] == ["签收"]
    assert [copy.recipient.name for copy in selectors.unsigned(row.paper)] == ["市科技局"]
    assert selectors.waiting_for(reader) == []
    with pytest.raises(Refused, match="没有可通知的账号，请电话联系：市科技局。"):
        services.chase(row, by=people.office)


def test_who_sees_which_information(people: People) -> None:
    waiting = make.sent(people, "zhujianju")
    given = make.given_out(people, "jiaoyuju", code="gongxinju")
    every = {waiting.pk, given.pk}
    users = {
        "office": people.office, "convener": people.convener, "auditor": people.auditor,
        "zhujianju": people.liaison("zhujianju"), "gongxinju": people.member("gongxinju"),
        "jiaoyuju": people.liaison("jiaoyuju"), "kejiju": people.liaison("kejiju"), "sysadmin": people.sysadmin,
        "visitor": people.visitor,
    }  # fmt: skip
    seen = {
        name: set(selectors.informations_visible_to(user).values_list("pk", flat=True))
        for name, user in users.items()
    }
    assert seen == {
        "office": every, "convener": every, "auditor": every, "zhujianju": {waiting.pk}, "gongxinju": {given.pk},
        "jiaoyuju": {given.pk}, "kejiju": set(), "sysadmin": set(), "visitor": set(),
    }  # fmt: skip
