"""A whole 更正 in the browser, and what its pages owe their readers."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from apps.action_items.models import ActionItem
from apps.documents import making
from apps.minutes.deadlines import default_reply_by
from apps.minutes.models import CorrectionCase, Minutes
from apps.minutes.services import ask_correction
from tests.factories.people import PASSWORD, People
from tests.minutes import make
from tests.minutes.test_correcting import LATER, case_of

from .manners import axe_finds_nothing, fits_at_150
from .stage import told


def written(office: Page, people: People, minutes: Minutes) -> CorrectionCase:
    """Reason, title, one resolution more, one struck out."""
    office.goto(f"/minutes/{minutes.pk}/")
    office.get_by_role("link", name="更正", exact=True).click()
    office.get_by_label("更正原因").fill("标题印错，议定事项漏印一项、多印一项")
    office.get_by_role("button", name="开始拟定").click()
    office.get_by_role("link", name="更正标题").click()
    office.get_by_label("更正后的标题").fill("2026年第二次全体会议纪要")
    office.get_by_role("button", name="保存").click()
    office.get_by_role("link", name="增加一项议定事项").click()
    office.get_by_label("文字").fill("建立联合检查机制")
    office.get_by_label("牵头单位", exact=True).select_option(label=people.unit("gongxinju").short_name)
    office.get_by_label("完成时限").fill("2027-03-31")
    office.get_by_label("列入督办台账").check()
    office.get_by_role("button", name="保存").click()
    office.locator("summary", has_text="选要更正、要删去的一段").click()
    office.get_by_role("button", name=re.compile("^删去第（一）项")).click()
    office.get_by_role("dialog").get_by_role("button", name="确定").click()
    for words in ("标题", "删去第（一）项", "增加一项（第（二）项之后）"):
        expect(office.get_by_role("heading", name=re.compile(f"^{re.escape(words)}"))).to_be_visible()
    return CorrectionCase.objects.get()


def answered(page: Page, case: CorrectionCase, code: str) -> None:
    """A unit agrees on its phone."""
    page.goto(case.consents.get(unit__code=code).get_absolute_url())
    page.get_by_label("无意见").check()
    page.get_by_label("本单位审签人").fill("×××")
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_text("已反馈：")).to_be_visible()


def test_a_correction_from_reason_to_notice(people: People, calm_page_of: Any) -> None:
    minutes = make.issued(people)
    struck = ActionItem.objects.get(seq=1)
    office = calm_page_of(people.office)
    case = written(office, people, minutes)
    office.get_by_role("link", name="征求有关单位意见").click()
    expect(office.get_by_text("征求意见的单位：市卫健委、市发改委、市工信局、市人社局。")).to_be_visible()
    office.get_by_role("button", name="征求意见").click()
    told(office, "已征求有关单位意见。")
    for code in make.PRESENT:
        answered(calm_page_of(people.liaison(code), phone=True), case, code)
    office.reload()
    office.get_by_role("button", name="送批").click()
    signer = calm_page_of(people.convener, phone=True)
    signer.goto(case.get_absolute_url())
    signer.get_by_role("button", name="同意更正").click()
    signer.locator("#id_password").fill(PASSWORD)
    signer.keyboard.press("Enter")
    expect(signer.get_by_text("已批准更正")).to_be_visible()
    office.reload()
    office.get_by_role("link", name="印发更正").click()
    office.get_by_label("更正通知文号").fill("泉卫函〔2026〕30号")
    office.get_by_role("button", name="印发更正").click()
    told(office, "更正已印发，台账已同步。")
    minutes.refresh_from_db()
    case.refresh_from_db()
    struck.refresh_from_db()
    assert minutes.paper is not None
    assert (minutes.title, minutes.paper.version, case.state) == ("2026年第二次全体会议纪要", 2, "issued")
    assert struck.state == "terminated"
    assert list(ActionItem.objects.filter(state="assigned").order_by("seq").values_list("seq", "text")) == [
        (1, "明确信息共享流程"), (2, "建立联合检查机制"),
    ]  # fmt: skip
    making.make_due()
    office.get_by_role("link", name="更正通知（PDF、DOCX）").click()
    expect(
        office.locator(".sheets img").first
    ).to_be_visible()  # the paper that was sent, not one composed now
    expect(office.get_by_text("按现在的内容排出的样子")).to_have_count(0)
    assert case.correction is not None
    assert case.correction.notice is not None
    assert "已征得市卫健委、市发改委、市工信局、市人社局同意，并经叶一帆批准" in case.correction.notice.text


def test_what_its_pages_owe_their_readers(people: People, calm_page_of: Any) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, due_on=LATER)
    office = calm_page_of(people.office)
    own = f"/minutes/corrections/{case.pk}"
    for address in (
        f"{own}/add/",
        f"{own}/title/",
        f"{own}/names/",
        f"{own}/ask/",
        f"/minutes/{minutes.pk}/sheet/",
    ):
        office.goto(address)
        expect(office.get_by_role("heading", level=1)).to_be_visible()
        axe_finds_nothing(office)
        fits_at_150(office)
    ask_correction(case, reply_by=default_reply_by(), by=people.office)
    address = case.consents.get(unit__code="fagaiwei").get_absolute_url()
    for page in (calm_page_of(people.liaison("fagaiwei")), office):  # the unit's own page, and 代录
        page.goto(address)
        expect(page.get_by_role("button", name="提交反馈")).to_be_visible()
        axe_finds_nothing(page)
        fits_at_150(page)
