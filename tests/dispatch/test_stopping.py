"""停止使用, the copies that come back, the signed copy beside a paper, and another try at its files."""

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.dispatch import selectors, services, stopping
from apps.dispatch.models import Delivery, PortalNotice, StopOrder
from apps.documents.enums import PaperKind
from apps.documents.models import ArchivedPaper
from tests.factories.people import People, client_of

from .conftest import make_paper

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def paper(db: None) -> ArchivedPaper:
    """One the office may stop by itself: a 纪要 is stopped on its own page, by its signer."""
    return make_paper("关于召开2026年第一次全体会议的通知", kind=PaperKind.NOTICE)


@pytest.fixture
def copies(people: People, paper: ArchivedPaper) -> list[Delivery]:
    services.sync_recipients()
    services.send_paper(paper, recipients=services.issue_list(), by=people.office)
    return selectors.deliveries_of(paper)


def stop(paper: ArchivedPaper, *, by: Any, **fields: Any) -> StopOrder:
    given: dict[str, Any] = {
        "reason": "议定事项文字有误。",
        "approved_by": "叶一帆",
        "stopped_on": timezone.localdate(),
    } | fields
    return stopping.stop_paper(paper, by=by, **given)


def of_unit(copies: list[Delivery], code: str) -> Delivery:
    return next(copy for copy in copies if copy.recipient.unit and copy.recipient.unit.code == code)


def test_a_stopped_paper_says_so_and_the_units_that_had_it_are_told(
    people: People, paper: ArchivedPaper, copies: list[Delivery]
) -> None:
    liaison = people.liaison("kejiju")
    order = stop(paper, by=people.office)
    paper.refresh_from_db()
    assert (paper.status, order.paper_id, order.ordered_by) == ("stopped", paper.pk, people.office)
    [notice] = PortalNotice.objects.filter(user=liaison, key__contains="paper_stopped")
    assert (notice.title, notice.url) == (
        "公文停止使用，请退回：〔2026〕1号",
        f"/dispatch/papers/{paper.pk}/",
    )
    assert history_of(paper).last().verb == "stop_paper"  # type: ignore[union-attr]
    page = client_of(liaison).get(notice.url).content.decode()
    assert "停止使用。" in page
    assert "登记退回" not in page


def test_what_may_not_be_stopped(people: People, paper: ArchivedPaper, copies: list[Delivery]) -> None:
    assert paper.signed_on
    with pytest.raises(PermissionDenied):
        stop(paper, by=people.liaison("kejiju"))
    refused: tuple[dict[str, Any], ...] = (
        {"stopped_on": timezone.localdate() + timedelta(days=1)},
        {"stopped_on": paper.signed_on - timedelta(days=1)},
        {"reason": ""},
        {"approved_by": ""},
    )
    for wrong in refused:
        with pytest.raises(ValidationError):
            stop(paper, by=people.office, **wrong)
    assert StopOrder.objects.count() == 0
    stop(paper, by=people.office)
    with pytest.raises(Refused, match="这份公文停止使用，不能再停止使用"):
        stop(paper, by=people.office)


def test_copies_come_back_one_by_one(people: People, paper: ArchivedPaper, copies: list[Delivery]) -> None:
    copy, today = of_unit(copies, "kejiju"), timezone.localdate()
    with pytest.raises(Refused, match="没有停止使用"):
        stopping.register_return(copy, returned_on=today, by=people.office)
    stop(paper, by=people.office)
    with pytest.raises(PermissionDenied):
        stopping.register_return(copy, returned_on=today, by=people.liaison("kejiju"))
    client, url = client_of(people.office), f"/dispatch/deliveries/{copy.pk}/return/"
    for wrong in ("", "2020-01-01", "昨天", "2199-01-01"):
        assert client.post(url, {"returned_on": wrong}).status_code < 500
    copy.refresh_from_db()
    assert copy.returned_on is None
    assert client.post(url, {"returned_on": today.isoformat()}).status_code == 302
    copy.refresh_from_db()
    assert copy.returned_on == today
    assert "已退回" in client.get(f"/dispatch/papers/{paper.pk}/").content.decode()


def test_the_form_stops_a_paper_and_says_what_is_missing(
    people: People, paper: ArchivedPaper, copies: list[Delivery]
) -> None:
    client, url = client_of(people.office), f"/dispatch/papers/{paper.pk}/stop/"
    today = timezone.localdate().isoformat()
    assert client.post(url, {"reason": "", "approved_by": "叶一帆", "stopped_on": today}).status_code == 422
    late = {"reason": "误", "approved_by": "叶一帆", "stopped_on": "2199-01-01"}
    assert client.post(url, late).status_code == 422
    answer = client.post(url, late | {"stopped_on": "1949-01-01"})
    assert (answer.status_code, "停止使用日期不能早于成文日期。" in answer.content.decode()) == (422, True)
    assert StopOrder.objects.count() == 0
    answer = client.post(url, late | {"stopped_on": today})
    assert (answer.status_code, answer["Location"]) == (302, f"/dispatch/papers/{paper.pk}/")
    sheet = client.get(f"/dispatch/papers/{paper.pk}/sheets/stop/")
    assert "停止使用通知" in sheet.content.decode()


def test_a_signed_copy_is_kept_and_handed_out_to_whoever_sees_the_paper(
    people: People, paper: ArchivedPaper, copies: list[Delivery]
) -> None:
    ofd = BytesIO()
    with zipfile.ZipFile(ofd, "w") as file:
        file.writestr("OFD.xml", '<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
    url, client = f"/dispatch/papers/{paper.pk}/scans/", client_of(people.office)
    upload = SimpleUploadedFile("签署件.ofd", ofd.getvalue())
    assert client.post(url, {"file": upload, "note": "盖章件"}).status_code == 302
    [scan] = paper.scans.all()
    assert (scan.file.name, scan.note, scan.added_by) == ("签署件.ofd", "盖章件", people.office)
    for reader in (people.liaison("kejiju"), people.auditor):
        answer = client_of(reader).get(f"{url}{scan.pk}/")
        assert b"".join(answer.streaming_content) == ofd.getvalue()  # type: ignore[attr-defined]
        assert answer["Content-Disposition"].startswith("attachment")
    client.post(url, {"file": SimpleUploadedFile("程序.exe", b"MZ")})
    client.post(url, {})
    assert paper.scans.count() == 1
    stop(paper, by=people.office)
    found = {}
    for reader in (people.office, people.auditor, people.liaison("kejiju")):
        browser = client_of(reader)
        answer = browser.get(f"{url}{scan.pk}/", follow=True)
        page = browser.get(f"/dispatch/papers/{paper.pk}/").content.decode()
        found[reader.username] = answer.streaming, f"{url}{scan.pk}/" in page
        if answer.streaming:
            assert b"".join(answer.streaming_content) == ofd.getvalue()  # type: ignore[attr-defined]
        else:
            assert "这份公文已停止使用，不再提供下载。" in answer.content.decode()
    assert found == {"office": (True, True), "auditor": (True, True), "liaison-kejiju": (False, False)}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("stopped", "公文已停止使用，不再签收，请退回。"),
        ("corrected", "这一版已更正，不再签收，请签收新版。"),
    ],
)
def test_what_is_out_of_force_is_not_signed_for(
    people: People, paper: ArchivedPaper, copies: list[Delivery], status: str, why: str
) -> None:
    copy = of_unit(copies, "kejiju")
    ArchivedPaper.objects.update(status=status)
    browser = client_of(people.liaison("kejiju"))
    url = f"/dispatch/deliveries/{copy.pk}/receive/"
    assert url not in browser.get(f"/dispatch/papers/{paper.pk}/").content.decode()
    assert why in browser.post(url, follow=True).content.decode()
    copy.refresh_from_db()
    assert (copy.state, copy.received_on) == ("sent", None)


def test_the_register_of_a_year_is_for_those_who_see_the_outbox(
    people: People, paper: ArchivedPaper, copies: list[Delivery]
) -> None:
    url = "/dispatch/register/2026/"
    assert "2026年发文登记表" in client_of(people.office).get(url).content.decode()
    assert client_of(people.liaison("kejiju")).get(url).status_code == 403
    found = [
        client_of(people.office).get(f"/dispatch/register/{year}/") for year in (0, 1999, 10000, 99999999)
    ]
    assert [answer.status_code for answer in found] == [404] * 4
