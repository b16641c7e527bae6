"""停止使用 of a 纪要: one road, by the convener; everybody who has it is on the list; nothing more goes out."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.action_items.models import ActionItem
from apps.action_items.services import Proposed, propose_ending
from apps.common.errors import Refused
from apps.dispatch import outbox
from apps.dispatch import selectors as dispatch
from apps.dispatch import services as dispatching
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice, Recipient, StopOrder
from apps.dispatch.stopping import register_return, stop_paper
from apps.minutes import correction, retrieval, services
from apps.minutes.enums import Step
from apps.minutes.models import Endorsement, Minutes
from apps.minutes.services.drafting import content_of
from tests.factories.people import People, client_of, sure_client_of

from . import make

pytestmark = pytest.mark.django_db


def sent(people: People, *codes: str) -> Minutes:
    """Issued, the copies of these units registered as sent."""
    dispatching.sync_recipients()
    Recipient.objects.filter(channel="portal").update(channel="exchange")  # else every unit has it at once
    Recipient.objects.filter(unit__code="rensheju").update(channel="mail", address="rsj@portal.test")
    minutes = make.issued(people)
    for copy in Delivery.objects.filter(recipient__unit__code__in=codes):
        dispatching.register_delivery(copy, sent_on=timezone.localdate(), by=people.office)
    return minutes


def stopped(people: People, minutes: Minutes) -> Minutes:
    return services.stop(
        minutes, reason="议定事项有误。", letter_number="泉卫函〔2026〕31号", by=people.convener
    )


def test_the_convener_stops_it_on_line(people: People) -> None:
    gongxinju = people.liaison("gongxinju")
    minutes = stopped(people, sent(people, "gongxinju"))
    order = StopOrder.objects.get()
    assert minutes.paper is not None
    minutes.paper.refresh_from_db()
    assert (minutes.state, minutes.paper.status, order.approved_by) == ("stopped", "stopped", "叶一帆")
    line = Endorsement.objects.get(step=Step.STOP)
    assert (line.method, line.opinion) == ("online", "议定事项有误。")
    assert [row.state for row in OutboxMessage.objects.filter(kind="paper")] == ["cancelled"]
    assert PortalNotice.objects.filter(user=gongxinju, title__startswith="公文停止使用，请退回").exists()
    assert [todo.verb for todo in dispatch.waiting_for(gongxinju)] == ["退回"]
    copy = Delivery.objects.get(recipient__unit__code="gongxinju")
    register_return(copy, returned_on=timezone.localdate(), by=people.office)
    assert dispatch.waiting_for(gongxinju) == []


def test_the_office_needs_the_scan_of_his_signature(people: People) -> None:
    minutes = make.issued(people)
    with pytest.raises(ValidationError):
        services.stop(minutes, reason="误", name="叶一帆", by=people.office)
    with pytest.raises(ValidationError):
        services.stop(minutes, reason="误", name="某某某", scan=make.scan(), by=people.office)
    day = timezone.localdate() + timedelta(1)
    with pytest.raises(ValidationError):
        services.stop(minutes, reason="误", name="叶一帆", stopped_on=day, scan=make.scan(), by=people.office)
    for user in (people.host_deputy, people.liaison("gongxinju"), people.sysadmin):
        with pytest.raises(PermissionDenied):
            services.stop(minutes, reason="误", by=user)
    with pytest.raises(Refused, match="请写明停止使用的理由"):
        services.stop(minutes, reason=" ", by=people.convener)
    done = services.stop(minutes, reason="误", name="叶一帆", scan=make.scan(), by=people.office)
    line = Endorsement.objects.get(step=Step.STOP)
    assert (done.state, line.method, line.name, line.scan is not None) == ("stopped", "paper", "叶一帆", True)


def test_there_is_no_other_road(people: People) -> None:
    minutes = make.issued(people)
    assert minutes.paper is not None
    given: dict[str, Any] = {"reason": "误", "approved_by": "某人", "stopped_on": timezone.localdate()}
    with pytest.raises(Refused, match="在该纪要的页面办理"):
        stop_paper(minutes.paper, by=people.office, **given)
    client = client_of(people.office)
    assert client.get(f"/dispatch/papers/{minutes.paper_id}/stop/").status_code == 409
    assert "/stop/" not in client.get(f"/dispatch/papers/{minutes.paper_id}/").content.decode()
    assert not StopOrder.objects.exists()


class Server:
    """Stands for the mail server: stops the paper as the first mail is composed, or as it is handed over."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.down = False

    def deliver(self, mail: Any) -> None:
        self.taken += mail.to

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept open."""


def test_what_the_worker_has_claimed_is_not_sent_either(people: People, monkeypatch: Any) -> None:
    minutes = sent(people)
    mail = OutboxMessage.objects.get(kind="paper")
    server, compose = Server(), outbox.compose

    def slow(row: OutboxMessage) -> Any:
        made = compose(row)
        assert OutboxMessage.objects.get(pk=mail.pk).state == "sending"
        stopped(people, minutes)  # between the claim and the handing over
        return made

    monkeypatch.setattr(outbox.smtp, "Line", lambda: server)
    monkeypatch.setattr(outbox, "compose", slow)
    OutboxMessage.objects.filter(pk=mail.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert outbox.send([mail.pk]) == 0
    mail.refresh_from_db()
    assert (server.taken, mail.state, mail.leased_until) == ([], "cancelled", None)
    assert mail.last_error == "公文已停止使用，没有发出。"
    assert retrieval.holders(Minutes.objects.get(pk=minutes.pk)) == []


def test_what_the_server_has_taken_is_on_the_list_as_sent(people: People, monkeypatch: Any) -> None:
    minutes = sent(people)
    mail = OutboxMessage.objects.get(kind="paper")
    server = Server()

    def deliver(message: Any) -> None:
        server.taken += message.to
        stopped(people, minutes)  # the server has it, the worker has not noted it yet

    monkeypatch.setattr(server, "deliver", deliver)
    monkeypatch.setattr(outbox.smtp, "Line", lambda: server)
    OutboxMessage.objects.filter(pk=mail.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert outbox.send([mail.pk]) == 1
    mail.refresh_from_db()
    assert (server.taken, mail.state, mail.last_error) == (["rsj@portal.test"], "sent", "")
    found = [(holder.name, holder.way) for holder in retrieval.holders(Minutes.objects.get(pk=minutes.pk))]
    assert found == [("市人社局", "电子邮件")]


def test_a_mail_that_failed_is_not_sent_again(people: People) -> None:
    minutes = sent(people)
    mail = OutboxMessage.objects.get(kind="paper")
    OutboxMessage.objects.filter(pk=mail.pk).update(state="dead")
    stopped(people, minutes)
    with pytest.raises(Refused, match="公文已停止使用，不能再发送"):
        dispatching.resend(OutboxMessage.objects.get(pk=mail.pk), by=people.office)


def test_items_stay_open_until_the_convener_ends_each(people: People) -> None:
    minutes = stopped(people, make.issued(people))
    items = retrieval.items_left(minutes)
    assert [item.state for item in items] == ["assigned", "assigned"]
    page = client_of(people.convener).get(items[0].get_absolute_url()).content.decode()
    assert "所依据的纪要已停止使用" in page
    propose_ending(items[0], Proposed("terminate", "纪要停止使用"), by=people.convener)
    assert [item.pk for item in retrieval.items_left(minutes)] == [items[1].pk]
    assert ActionItem.objects.filter(state="terminated").count() == 1


def test_everybody_who_has_it_is_on_the_list(people: People) -> None:
    minutes = sent(people, "gongxinju", "jiaoyuju")
    member = people.liaison("gongxinju")
    client_of(member).get(f"/minutes/{minutes.pk}/papers/minutes/pdf")
    row = minutes.passages.filter(kind="resolution")[0]
    case = services.open_case(minutes, reason="标点有误。", by=people.office)
    services.set_change(case, row, content_of(row, text=f"{row.text}，"), by=people.office)
    services.submit_correction(case, by=people.office)
    services.approve(case, seen=correction.whole_mark(case), by=people.convener)
    services.issue_correction(case, by=people.office)
    minutes.refresh_from_db()
    minutes = stopped(people, minutes)
    found = {(holder.name, holder.way, holder.told) for holder in retrieval.holders(minutes)}
    assert found == {
        ("市教育局", "电子公文交换", "没有账号，请书面通知"), ("市工信局", "电子公文交换", "平台消息"),
        (str(member), "下载电子件", "请删除电子件"),
    }  # fmt: skip
    assert [row.state for row in OutboxMessage.objects.filter(kind="paper")] == ["cancelled"] * 3
    copy = Delivery.objects.get(recipient__unit__code="jiaoyuju", paper__version=1, paper__kind="minutes")
    client = client_of(people.office)
    back = f"/minutes/{minutes.pk}/retrieval/"
    given = {"returned_on": timezone.localdate().isoformat(), "next": back}
    assert client.post(f"/dispatch/deliveries/{copy.pk}/return/", given)["Location"] == back
    given["next"] = "https://elsewhere.example/"
    assert client.post(f"/dispatch/deliveries/{copy.pk}/return/", given)["Location"].startswith("/dispatch/")
    assert "应退回2份，已退回1份" in client.get(back).content.decode()


def test_units_download_it_no_more(people: People) -> None:
    minutes = stopped(people, sent(people, "gongxinju"))
    unit, office = client_of(people.liaison("gongxinju")), client_of(people.office)
    for address in (
        f"/minutes/{minutes.pk}/papers/minutes/pdf",
        f"/dispatch/papers/{minutes.paper_id}/sheets/paper/pdf",
    ):
        assert (unit.get(address).status_code, office.get(address).status_code) == (409, 200)
    assert (
        "停止使用" in office.get(f"/minutes/{minutes.pk}/papers/minutes/pdf")["Content-Disposition"]
        or "%E5%81%9C" in (office.get(f"/minutes/{minutes.pk}/papers/minutes/pdf")["Content-Disposition"])
    )
    assert "这份纪要已停止使用" in unit.get(f"/minutes/{minutes.pk}/").content.decode()


def test_a_correction_on_its_way_comes_first(people: People) -> None:
    minutes = make.issued(people)
    services.open_case(minutes, reason="误", by=people.office)
    with pytest.raises(Refused, match="请先撤销更正"):
        stopped(people, minutes)


def test_the_page_says_beforehand_that_a_correction_bars_it(people: People) -> None:
    minutes = make.issued(people)
    url = f"/minutes/{minutes.pk}/stop/"
    assert (
        client_of(people.office).get(url)["Location"].startswith("/account/reauthenticate/")
    )  # before the scan is chosen
    office, convener = sure_client_of(people.office), client_of(people.convener)
    free = [client.get(url).content.decode() for client in (office, convener)]
    case = services.open_case(minutes, reason="第二项单位有误", by=people.office)
    barred = [client.get(url).content.decode() for client in (office, convener)]
    words = (
        "停止使用后不能恢复",
        'name="reason"',
        "现在还不能停止使用",
        "第二项单位有误",
        case.get_absolute_url(),
    )
    found = [[part in page for part in words] for page in (*free, *barred)]
    assert found == [[True, True, False, False, False]] * 2 + [[False, False, True, True, True]] * 2
    assert ["去办理更正" in page for page in barred] == [True, False]  # dropping it is the office's
    assert "请联席会议办公室先办完（印发更正），或者撤销这件更正" in barred[1]
    services.drop(case, reason="另行处理", by=people.office)
    assert 'name="reason"' in office.get(url).content.decode()
