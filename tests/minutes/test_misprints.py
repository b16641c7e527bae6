"""After 签发 only misprints change: the difference decides, and what is in doubt counts as substance."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.errors import Refused
from apps.documents import making
from apps.documents.composition import plain_text
from apps.minutes import consent, misprint, papers, services
from apps.minutes.misprint import Words, judge
from apps.minutes.models import Endorsement, Minutes, MisprintFix, Passage
from apps.minutes.services import StalePassageError
from tests.factories.people import People, client_of

from . import make

NAMES = ("市工信局", "市发改委", "市卫健委", "叶一帆")
TEXT = "市工信局、市发改委要在2026年6月30日前完成三项任务，不得拖延。"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("做好规划衔接，", "做好规划衔接；"), ("建立治理企业的的台账", "建立治理企业的台账"), ("认真作好宣传", "认真做好宣传"),
        ("建立企业台帐", "建立企业台账"), ("加强 宣传", "加强宣传"), ("做好工作布署", "做好工作部署"),
        ("印发会议记要", "印发会议纪要"), ("采取错施", "采取措施"),
        ("组织培训班", "组织培训斑"), ("加强趋动", "加强驱动"), ("拔付经费", "拨付经费"), ("“健康企业”建设", "《健康企业》建设"),
    ],
)  # fmt: skip
def test_a_slip(before: str, after: str) -> None:
    assert judge(Words(before), Words(after), names=NAMES).is_misprint


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (TEXT.replace("30日", "31日"), "日期、数字有改动"), (TEXT.replace("三项", "五项"), "日期、数字有改动"),
        (TEXT.replace("市工信局", "市卫健委"), "单位名称或姓名有改动"), (TEXT.replace("、市发改委", ""), "单位名称或姓名有改动"),
        (TEXT.replace("不得", "可以"), "有关要求、否定或范围的字有增减"), (TEXT.replace("要在", "在"), "有关要求、否定或范围的字有增减"),
        (TEXT.replace("任务", "工作"), "文字有实质改动"), ("", "文字有实质改动"),
        (TEXT.replace("2026年6月30日", "2026年6月3、0日"), "日期、数字有改动"),
    ],
)  # fmt: skip
def test_substance(after: str, why: str) -> None:
    assert why in judge(Words(TEXT), Words(after), names=NAMES).reasons


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("保障劳动者权利", "保障劳动者权力"), ("由检察机关监督", "由检查机关监督"), ("推进法治建设", "推进法制建设"),
        ("市局授权办理", "市局受权办理"), ("加强监管", "加强兼管"), ("负责支付费用", "负责支负费用"), ("制定办法", "制订办法"),
        ("整治粉尘", "整治粉陈"), ("约谈华侨公司", "约谈华桥公司"), ("检查安海镇企业", "检查庵海镇企业"),
        ("按期交纳", "按期缴纳"), ("开展A类核查", "开展B类核查"),
    ],
)  # fmt: skip
def test_one_sound_and_another_word_is_in_doubt(before: str, after: str) -> None:
    assert not judge(Words(before), Words(after), names=NAMES).is_misprint


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("由王芳负责", "由王方负责"), ("李明汇报", "李铭汇报"), ("约谈恒兴厂", "约谈恒星厂"), ("鲤城先行", "里城先行"),
        ("做好工伤认定", "做好工商认定"), ("检测甲醛浓度", "检测贾醛浓度"), ("由李丹丹负责", "由李丹负责"),
        ("企业用地审批", "企业用的审批"), ("已及时报送", "以及时报送"), ("改正再验收", "改正在验收"), ("组织查体", "组织察体"),
        ("督促整改", "督促整该"), ("由张帆负责", "由张凡负责"), ("加强宣传", "加强宜传"), ("做好宣传", "做好的宣传"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_goes_to_the_signer(before: str, after: str) -> None:
    assert not judge(Words(before), Words(after)).is_misprint
    assert not judge(Words(after), Words(before)).is_misprint


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("扎实的推进", "扎实地推进"), ("布署，同步推进", "部署、同步推进"), ("划拔资金", "划拨资金"),
        ("由市工信局和和市发改委办理", "由市工信局和市发改委办理"),
        ("明确对像", "明确对象"),
    ],
)  # fmt: skip
def test_a_slip_on_the_list(before: str, after: str) -> None:
    assert judge(Words(before), Words(after), names=NAMES).is_misprint


def test_the_list_of_slips_is_sound() -> None:
    """One character apart, of no binding word, no pair twice."""
    apart = [[(x, y) for x, y in zip(one, other, strict=True) if x != y] for one, other in misprint.PAIRS]
    assert {len(row) for row in apart} == {1}
    assert {char for row in apart for pair in row for char in pair} & misprint.BINDING == set()
    assert len({frozenset(pair) for pair in misprint.PAIRS}) == len(misprint.PAIRS)


def test_units_and_deadlines_in_fields_are_substance() -> None:
    found = judge(Words("甲", {"leads": [1]}), Words("甲", {"leads": [2]}))
    assert found.reasons == ("单位、时限或其他要素有改动",)


def test_many_marks_at_once_are_in_doubt() -> None:
    assert not judge(Words("甲" + "，乙" * 12), Words("甲" + "；乙" * 12)).is_misprint


PLACES = [n for n, char in enumerate(TEXT) if char.isdigit()]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from("0123456789一十百"))
def test_no_change_of_a_digit_is_a_misprint(place: int, digit: str) -> None:
    after = TEXT[:place] + digit + TEXT[place + 1 :]
    assert judge(Words(TEXT), Words(after), names=NAMES).is_misprint == (after == TEXT)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.text("市局委信发", max_size=2))
def test_no_change_of_a_name_is_a_misprint(one: str, other: str, noise: str) -> None:
    before, after = f"由{one}办理", f"由{noise}{other}办理"
    assert judge(Words(before), Words(after), names=NAMES).is_misprint == (before == after)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8), st.sampled_from("，。；："))
def test_a_mark_between_words_is_a_misprint(place: int, mark: str) -> None:
    words = "加强职业健康宣传工作"
    assert judge(Words(words), Words(words[:place] + mark + words[place:])).is_misprint


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_it_never_fails_and_the_same_is_no_change(before: str, after: str) -> None:
    judge(Words(before), Words(after), names=NAMES)
    assert judge(Words(before), Words(before), names=NAMES).is_misprint


# --- the service ------------------------------------------------------------


def passage(minutes: Minutes) -> Passage:
    return minutes.passages.filter(kind="resolution").order_by("position")[0]


def mend(people: People, minutes: Minutes, text: str, **fields: Any) -> Any:
    row = passage(minutes)
    return services.mend(row, text=text, version=row.version, by=fields.pop("by", people.office), **fields)


@pytest.mark.django_db
def test_a_misprint_keeps_signature_and_consent(people: People) -> None:
    minutes = make.signed(people)
    assert mend(people, minutes, "做好规划，衔接", reason="漏逗号").is_misprint
    assert mend(people, minutes, "做好规划、衔接").is_misprint
    minutes.refresh_from_db()
    assert (minutes.state, passage(minutes).text, MisprintFix.objects.count()) == (
        "checking",
        "做好规划、衔接",
        2,
    )
    assert consent.c11_refusal(minutes) is None
    assert not Endorsement.objects.filter(voided=True).exists()
    minutes = services.check(minutes, by=people.office)
    numbered = services.number(minutes, printed_on=timezone.localdate(), by=people.office)
    assert numbered.paper is not None
    assert "做好规划、衔接" in numbered.paper.text
    with pytest.raises(Exception, match="never changed"):
        MisprintFix.objects.update(after="甲")


@pytest.mark.django_db
def test_substance_voids_the_signature_and_reopens_who_is_concerned(people: People) -> None:
    minutes = make.signed(people)
    found = mend(people, minutes, "做好规划和年度计划")
    assert not found.is_misprint
    minutes.refresh_from_db()
    assert (minutes.state, minutes.signed_on, passage(minutes).text) == (
        "settling",
        None,
        "做好规划和年度计划",
    )
    assert {line.step for line in Endorsement.objects.filter(voided=True)} == {"audit", "sign"}
    changed = {p.unit.code for p in consent.picture(minutes).positions if p.changed}
    assert changed == {"fagaiwei", "weijianwei"}
    assert "文字有实质改动" in Endorsement.objects.get(step="return").opinion


@pytest.mark.django_db
def test_what_was_mended_still_counts_after_a_reopening(people: People) -> None:
    minutes = make.signed(people)
    mend(people, minutes, "做好规划，衔接")
    services.reopen(minutes, reason="再议", by=people.office)
    minutes.refresh_from_db()
    assert consent.c11_refusal(minutes) is None


@pytest.mark.django_db
def test_not_elsewhere_not_stale_not_by_others(people: People) -> None:
    minutes = make.checked(people)
    with pytest.raises(Refused, match="请先撤回复核"):
        mend(people, minutes, "做好规划，衔接")
    minutes = services.withdraw_check(minutes, by=people.office)
    with pytest.raises(PermissionDenied):
        mend(people, minutes, "做好规划，衔接", by=people.convener)
    with pytest.raises(StalePassageError):
        services.mend(passage(minutes), text="做好规划，衔接", version=99, by=people.office)


@pytest.mark.django_db
def test_the_page_warns_before_the_signature_goes(people: People) -> None:
    minutes = make.signed(people)
    client, row = client_of(people.office), passage(minutes)
    address = f"/minutes/mend/{row.pk}/"
    assert f'href="{address}"' in client.get(f"/minutes/{minutes.pk}/").content.decode()
    form = {"text": "做好规划和计划", "version": row.version, "reason": ""}
    answer = client.post(address, form)
    minutes.refresh_from_db()
    assert (answer.status_code, minutes.state) == (422, "checking")
    assert "这不是错漏：文字有实质改动" in answer.content.decode()
    assert client.post(address, {**form, "version": 7, "sure": "1"}).status_code == 409
    assert client.post(address, {**form, "text": "做好规划，衔接"}).status_code == 302
    minutes.refresh_from_db()
    assert (minutes.state, MisprintFix.objects.count()) == ("checking", 1)
    assert client.post(address, {**form, "version": row.version + 1, "sure": "1"}).status_code == 302
    minutes.refresh_from_db()
    assert minutes.state == "settling"
    assert client_of(people.convener).get(address).status_code == 403


@pytest.mark.django_db
def test_the_routing_sheet_tells_every_misprint_and_what_came_after_the_issue(people: People) -> None:
    minutes = make.signed(people)
    mend(people, minutes, "做好规划，衔接", reason="漏逗号")
    minutes = services.check(minutes, by=people.office)
    minutes = services.number(minutes, printed_on=timezone.localdate(), by=people.office)
    sheet = plain_text(papers.routing_sheet(minutes))
    assert "校对改动（签发后改正的错漏，不涉及内容）" in sheet
    assert "第（一）项\t“做好规划衔接”更正为“做好规划，衔接”（漏逗号）" in sheet
    page = client_of(people.office).get(f"/minutes/{minutes.pk}/sheet/").content.decode()
    assert "校对改动（签发后改正的错漏）" in page
    assert minutes.paper is not None
    making.make(minutes.paper)
    minutes = services.issue(minutes, by=people.office)
    minutes = services.stop(minutes, reason="议定事项有误。", by=people.convener)
    line = next(
        line for line in plain_text(papers.routing_sheet(minutes)).split("\n") if line.startswith("停止使用")
    )
    assert line.split("\t")[1:3] == ["议定事项有误。", "叶一帆"]


@pytest.mark.django_db
def test_what_the_signer_wrote_is_before_the_office_when_it_numbers_and_issues(people: People) -> None:
    minutes = make.signed_by(people.convener, make.audited(people), opinion="同意，抓紧印发，抄报市政府办。")
    minutes = services.check(minutes, by=people.office)
    client = client_of(people.office)
    words = "批示：同意，抓紧印发，抄报市政府办。"
    assert words in client.get(f"/minutes/{minutes.pk}/number/").content.decode()
    minutes = services.number(minutes, printed_on=timezone.localdate(), by=people.office)
    assert words in client.get(f"/minutes/{minutes.pk}/issue/").content.decode()
