"""A paper on the screen: what the page says until the worker has made it, and what each part answers."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from apps.common.errors import Refused
from apps.documents import composition, making, services, show
from apps.documents.composition import Layout, Paper, paragraph
from tests.factories.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def a_paper(text: str = "示例（虚构）。") -> Paper:
    return Paper(mark="示例纪要", title="示例", layout=Layout.MINUTES, body=(paragraph(text),))


def shown(paper: Paper | None = None, **fields: Any) -> show.Shown:
    given: dict[str, Any] = {"paper": lambda: paper or a_paper(), "query": "round=2"} | fields
    return show.Shown("示例文书", "/x/", None, **given)


def ask(what: show.Shown, part: str = "", *, by: Any = None, at: str = "", **query: str) -> HttpResponse:
    request = RequestFactory().get("/x/", query, headers={"HX-Current-URL": at})
    request.user = by or AnonymousUser()
    return show.answer(request, what, part)


def test_sheets_wait_for_the_worker_and_then_name_every_page() -> None:
    what = shown()
    assert show.sheets(what) == show.Sheets("/x/sheets?round=2", waiting=True)
    assert making.make_due() == 1
    assert show.sheets(what) == show.Sheets("/x/sheets?round=2", ("/x/1.png?round=2",))


def test_own_passages_are_tinted_and_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = a_paper("做好规划衔接。")
    what = shown(paper, marks=("做好规划衔接。",), mark_words="与市发改委有关")
    assert show.sheets(what) == show.Sheets("/x/sheets?round=2", waiting=True)
    making.make_due()
    calls, real = [], composition.find_passages

    def counted(pdf: bytes, passages: Any) -> Any:
        calls.append(passages)
        return real(pdf, passages)

    monkeypatch.setattr(composition, "find_passages", counted)
    found = [show.sheets(what) for _ in range(3)]
    assert calls == [("做好规划衔接。",)]
    box = found[0].marks[0][0]
    assert found[0].pages == [{"url": "/x/1.png?round=2", "boxes": (box,)}]
    for look in ({}, {"look": "strip"}):
        html = ask(what, "sheets", **look).content.decode()
        assert html.count("<rect") == 1
        assert f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"' in html
        assert "与市发改委有关" in html
        assert "style=" not in html


def test_without_the_passage_or_the_file_the_pictures_stand_as_ever(settings: Any, tmp_path: Any) -> None:
    paper = a_paper("长期坚持。")
    show.sheets(shown(paper))
    making.make_due()
    plain = show.Sheets("/x/sheets?round=2", ("/x/1.png?round=2",))
    assert show.sheets(shown(paper, marks=("不在纸上",), mark_words="有关")) == plain
    settings.FILES_ROOT = tmp_path
    assert show.sheets(shown(paper, marks=("长期坚持。",), mark_words="有关")) == plain


def test_the_waiting_part_asks_again_and_the_ready_one_reloads_the_page() -> None:
    waiting = ask(shown(), "sheets")
    assert 'hx-get="/x/sheets?round=2"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    making.make_due()
    assert ask(shown(), "sheets", at="http://testserver/x/?round=2")["HX-Refresh"] == "true"
    assert "HX-Refresh" not in ask(shown(), "sheets", at="http://testserver/another/page/")
    strip = ask(shown(), "sheets", look="strip")
    assert "HX-Refresh" not in strip
    assert strip.content.decode().count("<img") == 1


def test_a_paper_that_cannot_be_set_is_said_once_the_worker_has_tried() -> None:
    what = shown(a_paper("由\U0010fff0负责。"))
    assert show.sheets(what).waiting
    assert making.make_due() == 0
    found = show.sheets(what)
    assert (found.images, found.waiting) == ((), False)
    assert found.trouble.startswith("文件没有做成：不能成文：正文第1段中的“")
    with pytest.raises(Refused, match="不能成文"):
        ask(what, "pdf")
    with pytest.raises(Http404):
        ask(what, "1.png")


def test_trouble_in_the_worker_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    what = shown()
    show.sheets(what)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        making.make_due()
    assert show.sheets(what).trouble == (
        "文件没有做成：服务器存储空间不足或不可写，文件没有保存，请联系系统管理员。"
    )


@pytest.mark.parametrize("part", ["2.png", "0.png", "x", "exe", "1.pngx"])
def test_parts_that_are_none_are_not_found(part: str) -> None:
    show.sheets(shown())
    making.make_due()
    with pytest.raises(Http404):
        ask(shown(), part)


def test_files_are_attachments_with_a_type_and_a_name(people: People) -> None:
    archived = making.make(
        services.freeze(a_paper(), kind="notice", title="通知", number_text="函〔2026〕7号", by=None)
    )
    what = shown(archived=archived)
    for form, magic in (("pdf", b"%PDF-"), ("docx", b"PK")):
        answer = ask(what, form, by=people.office)
        assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
            making.file_of(archived, form), show.TYPES[form], "nosniff",
        )  # fmt: skip
        assert answer.content.startswith(magic)
        assert answer["Content-Disposition"].startswith("attachment;")
    picture = ask(what, "1.png")
    assert (picture["Content-Type"], picture.content[:4]) == ("image/png", b"\x89PNG")
