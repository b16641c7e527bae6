"""The pictures of a paper a unit is asked about: its own resolutions are tinted, and nobody else's."""

import re
from typing import Any

import pytest

from apps.documents import making, show
from apps.documents.composition import find_passages, render_pdf
from apps.minutes import papers
from apps.minutes.models import Minutes
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]
PLAN = "（一）做好规划衔接（牵头单位：市发改委；配合单位：市卫健委；完成时限：2026年12月31日前）。"
SHARE = "（二）明确信息共享流程（牵头单位：市工信局、市发改委；配合单位：市卫健委、市人社局；完成时限：2026年6月30日前）。"


def boxes_of(minutes: Minutes, *words: str) -> list[str]:
    """The tint these passages have, as the page writes it."""
    pdf = render_pdf(papers.draft_paper(minutes.circulations.get()))
    found = [box for page in find_passages(pdf, words) for box in page]
    assert len(found) >= len(words)
    return [f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"' for box in found]


def tint_of(page: Any) -> list[str]:
    """The boxes of a page, one by one."""
    return re.findall(r'<rect (x="[^>]*?height="\d+")', page.content.decode())


def test_a_unit_sees_its_own_resolutions_tinted_on_the_paper(people: People) -> None:
    minutes = make.circulating(people)
    office = client_of(people.office)
    consents = {code: make.consent_of(minutes, code) for code in make.PRESENT}
    urls = {code: f"/minutes/consents/{row.pk}/" for code, row in consents.items()}
    waiting = client_of(people.liaison("rensheju")).get(urls["rensheju"])
    assert (waiting.status_code, tint_of(waiting)) == (200, [])  # the worker has not made it yet
    assert "sheets?round=1&amp;consent=" in waiting.content.decode()
    making.make_due()
    both, second = boxes_of(minutes, PLAN, SHARE), boxes_of(minutes, SHARE)
    wanted = {"weijianwei": both, "fagaiwei": both, "gongxinju": second, "rensheju": second}
    assert {code: tint_of(client_of(people.liaison(code)).get(url)) for code, url in urls.items()} == wanted
    assert tint_of(office.get(urls["rensheju"])) == second  # as the unit sees it
    page = client_of(people.liaison("rensheju")).get(urls["rensheju"]).content.decode()
    assert "底色标出的是与市人社局有关的议定事项" in page


def test_the_paper_alone_is_tinted_for_the_consent_it_names(people: People) -> None:
    minutes = make.circulating(people)
    url = f"/minutes/{minutes.pk}/papers/draft/"
    own, others = (make.consent_of(minutes, code).pk for code in ("rensheju", "fagaiwei"))
    client = client_of(people.liaison("rensheju"))
    client.get(url)
    making.make_due()
    second = boxes_of(minutes, SHARE)
    found = [
        tint_of(client.get(f"{url}?round=1{query}"))
        for query in (f"&consent={own}", "", f"&consent={others}", "&consent=x")
    ]
    assert found == [second, [], [], []]  # another unit's consent is not this reader's to name
    assert tint_of(client.get(f"{url}sheets?round=1&consent={own}&look=strip")) == second


def test_a_paper_whose_text_cannot_be_read_is_shown_without_tint(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = make.circulating(people)
    url = f"/minutes/consents/{make.consent_of(minutes, 'rensheju').pk}/"
    client = client_of(people.liaison("rensheju"))
    client.get(url)
    making.make_due()
    show._found.cache_clear()

    def broken(*_given: Any) -> Any:
        raise show.composition.PdfiumError("no text")

    monkeypatch.setattr(show.composition, "find_passages", broken)
    page = client.get(url)
    assert (page.status_code, tint_of(page)) == (200, [])
    assert page.content.decode().count('alt="第') == 2
