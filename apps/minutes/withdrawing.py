"""When an act may still be taken back: until the next person has acted. Guards of the workflow; reads only."""

from . import content
from .enums import Adoption, Reply, Step
from .models import Circulation, Comment, Minutes, MisprintFix, Reading
from .selectors import open_circulation, passages_of


def first_round(obj: Minutes) -> str | None:
    """The open round is the first one, and no unit has looked at it."""
    if obj.circulations.count() > 1:
        return "这一轮不是第一轮征求意见。"
    return _untouched(obj)


def later_round(obj: Minutes) -> str | None:
    """The open round is a further one, and no unit has looked at it."""
    if obj.circulations.count() < 2:
        return "这一轮是第一轮征求意见。"
    return _untouched(obj)


def _untouched(obj: Minutes) -> str | None:
    circulation = open_circulation(obj)
    if circulation is None:
        return "没有正在进行的征求意见。"
    seen = [
        row.unit.short_name
        for row in circulation.consents.select_related("unit")
        if row.opened_at or row.reply != Reply.PENDING or row.told_by == "paper"
    ]
    return f"{'、'.join(seen[:3])}已经收到或打开征求意见稿，不能撤回。" if seen else None


def can_withdraw_settle(obj: Minutes) -> str | None:
    """Nobody has worked on the answers yet, the text is the one sent out, and the units still have time."""
    circulation = Circulation.objects.filter(minutes=obj).order_by("-round").first()
    if circulation is None or circulation.closed_at is None or circulation.way != "letter":
        return "没有可以撤回的征求意见。"
    if circulation.consents.filter(reply=Reply.TACIT).exists():
        return "反馈截止时间已过，逾期未反馈的已按函件认定，不能撤回。"
    handled = Comment.objects.filter(consent__circulation__minutes=obj, consent__circulation=circulation)
    if handled.exclude(adoption=Adoption.WAITING).exists():
        return "已经开始处理意见，不能撤回。"
    last = obj.endorsements.exclude(voided=True).order_by("-id").first()
    if last is not None and last.step != Step.SETTLE:
        return "结束征求意见之后已有人办理，不能撤回。"
    if content.snapshot(obj.title, content.lines_of(passages_of(obj))) != circulation.draft:
        return "征求意见之后文字又有改动，不能撤回。"
    return None


def convener_waits(obj: Minutes) -> str | None:
    """The convener has put no words aside: he has not begun to act."""
    held = Reading.objects.filter(minutes=obj, held_at__isnull=False).exists()
    return "召集人已经开始办理，不能撤回。" if held else None


def nothing_mended(obj: Minutes) -> str | None:
    """The office has changed nothing since the signature."""
    signed = obj.endorsements.filter(step=Step.SIGN, voided=False).order_by("-id").first()
    since = signed.entered_at if signed is not None else None
    fixed = MisprintFix.objects.filter(minutes=obj)
    fixed = fixed.filter(at__gte=since) if since else fixed
    return "办公室已经开始复核、改正错漏，不能撤回。" if fixed.exists() else None
