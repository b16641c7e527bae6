"""Where every unit stands on the text (C11): the latest reply of each, what changed since, what is in the way.

C11, 章程四（一）: 会议纪要经与会单位同意后印发. A unit consents by 无意见; by silence where that round's letter said so and
the unit leads nothing; or by 有意见 once each of its comments was settled. A later change of its text ends that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.meetings.selectors import attending_units
from apps.roster.models import Unit
from apps.roster.selectors import units as member_units

from . import content
from .enums import Adoption, PassageKind, Reply, Stand, ToldBy
from .misprints import equivalent
from .models import Comment, Consent, Minutes, Passage
from .selectors import passages_of

TITLE = "title"
_STANDS = {Reply.PENDING: Stand.SILENT, Reply.AGREE: Stand.AGREE, Reply.OPPOSE: Stand.OPPOSE}


@dataclass(frozen=True)
class Position:
    """One unit: its latest consent (None when never asked), and the keys of passages changed since it saw them."""

    unit: Unit
    consent: Consent | None
    required: bool
    named: bool
    leads: bool
    changed: tuple[str, ...] = ()
    waiting: int = 0
    unsettled: int = 0

    @property
    def problem(self) -> str:
        """Why this unit does not stand behind the present text, in Chinese; empty when it does."""
        if self.consent is None:
            return "还没有征求意见"
        if self.consent.reply == Reply.PENDING:
            return "尚未反馈" if self.was_told else "尚未反馈，也没有送达记录，沉默不能视为无意见"
        if self.consent.reply == Reply.OPPOSE:
            return "不同意，须取得其书面同意，或将有关事项存议后再次征求意见"
        if self.consent.reply == Reply.TACIT and not self.consent.circulation.silence_consents:
            return "逾期未反馈，而征求意见函没有写明逾期视为无意见"
        if self.consent.reply == Reply.TACIT and (self.leads or self.consent.is_lead):
            return "是牵头单位，逾期未反馈不能视为无意见"
        if self.waiting:
            return f"有{self.waiting}条意见没有处理"
        if self.unsettled:
            return f"有{self.unsettled}条意见未照办，也没有沟通一致"
        return "反馈之后，与其有关的内容又有改动" if self.changed else ""

    @property
    def was_told(self) -> bool:
        """True when the unit is known to have the draft: by an account of its own, on paper, or because it looked."""
        asked = self.consent
        return asked is not None and (asked.told_by != ToldBy.NONE or asked.opened_at is not None)

    @property
    def must_be_asked(self) -> bool:
        """True when another round has to ask this unit (a comment still waiting is the office's work first)."""
        return bool(self.problem) and (self.required or self.named or self.consent is not None)

    @property
    def status(self) -> Stand:
        """Its line in the 征求意见情况表. Silence that the rules do not take for consent is silence."""
        if self.consent is None:
            return Stand.UNASKED
        if self.consent.reply == Reply.COMMENT:
            return Stand.OPEN if self.waiting or self.unsettled else Stand.SETTLED
        if self.consent.reply == Reply.TACIT:
            counts = self.consent.circulation.silence_consents and not (self.leads or self.consent.is_lead)
            return Stand.TACIT if counts else Stand.SILENT
        return _STANDS[Reply(self.consent.reply)]


@dataclass(frozen=True)
class Tally:
    """The sums of one group of units. Board, 情况表, 发文稿纸 and the signer's page all count here and nowhere else."""

    units: Mapping[Stand, tuple[Unit, ...]]

    def __getitem__(self, stand: Stand) -> int:
        """How many units stand like this."""
        return len(self.units.get(stand, ()))

    @property
    def total(self) -> int:
        """Every unit of the group."""
        return sum(len(units) for units in self.units.values())

    @property
    def commented(self) -> int:
        """Units with comments, settled or not."""
        return self[Stand.SETTLED] + self[Stand.OPEN]

    @property
    def replied(self) -> int:
        """Units that answered in words: 无意见, 有意见 or 不同意."""
        return self[Stand.AGREE] + self.commented + self[Stand.OPPOSE]


@dataclass(frozen=True)
class Picture:
    """Every unit that attended, was named in the text, or was asked, in charter order."""

    positions: tuple[Position, ...] = ()
    lines: tuple[content.Line, ...] = field(default=())

    @property
    def blocks(self) -> list[str]:
        """What stands against C11, one sentence a unit. Empty: the attending units agree."""
        return [f"{unit}{problem}" for unit, problem in self.missing]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """The same as (unit, problem), for lists on a page."""
        return [(p.unit.short_name, p.problem) for p in self.positions if p.required and p.problem]

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """(unit, problem) of units that were asked but did not attend: shown to the signer, no bar."""
        return [(p.unit.short_name, p.problem) for p in self.positions if not p.required and p.problem]

    @property
    def waiting(self) -> int:
        """Comments nobody has dealt with, of any unit."""
        return sum(p.waiting for p in self.positions)

    def to_ask(self) -> list[Position]:
        """Units that the next round must ask."""
        return [p for p in self.positions if p.must_be_asked]

    def tally(self, *, required: bool = True) -> Tally:
        """The sums of the units that count for C11, or of the others."""
        found: dict[Stand, tuple[Unit, ...]] = {}
        for position in self.positions:
            if position.required == required:
                found[position.status] = (*found.get(position.status, ()), position.unit)
        return Tally(found)


def picture(minutes: Minutes) -> Picture:
    """Read it all: about eight queries, however many units and passages there are."""
    passages = passages_of(minutes)
    lines = content.lines_of(passages)
    now = {str(line.passage.pk): line.content for line in lines} | {TITLE: content.title_hash(minutes.title)}
    roots = equivalent(minutes)  # a misprint put right after 签发 changes nothing that was agreed to
    now = {key: roots.get(value, value) for key, value in now.items()}
    latest, counted = _latest(minutes)
    _as_agreed(latest, roots)
    attending = {unit.pk: unit for unit in attending_units(minutes.meeting)}
    named = _named(passages)
    everybody = {**named, **attending, **{pk: consent.unit for pk, consent in latest.items()}}
    positions = [
        _position(
            unit, latest.get(pk), passages, now, required=pk in attending or pk in counted, named=pk in named
        )
        for pk, unit in sorted(everybody.items(), key=lambda row: (row[1].order, row[0]))
    ]
    return Picture(tuple(positions), tuple(lines))


def _as_agreed(latest: Mapping[int, Consent], roots: Mapping[str, str]) -> None:
    """Bring the hashes of what units saw to the same footing, in memory only."""
    for consent in latest.values() if roots else ():
        consent.seen = {key: roots.get(value, value) for key, value in consent.seen.items()}
        for comment in consent.comments.all():
            comment.agreed_content = roots.get(comment.agreed_content, comment.agreed_content)


def _latest(minutes: Minutes) -> tuple[dict[int, Consent], set[int]]:
    """Unit id → its consent of the latest round that asked it; and the units that ever counted as attending."""
    rows = (
        Consent.objects.filter(circulation__minutes=minutes)
        .select_related("unit", "circulation", "replied_by", "proof")
        .prefetch_related("comments__passage")
        .order_by("circulation__round", "unit__order")
    )
    latest: dict[int, Consent] = {}
    counted: set[int] = set()
    for consent in rows:
        latest[consent.unit_id] = consent
        if consent.counted:
            counted.add(consent.unit_id)
    return latest, counted


def _named(passages: list[Passage]) -> dict[int, Unit]:
    """Units named lead or support in a resolution that stands; 全体成员单位 names them all."""
    standing = [p for p in passages if p.kind == PassageKind.RESOLUTION and not p.withheld]
    found = {part.unit_id: part.unit for passage in standing for part in passage.parts.all()}
    if any(passage.all_support for passage in standing):
        found |= {unit.pk: unit for unit in member_units()}
    return found


def _position(
    unit: Unit,
    consent: Consent | None,
    passages: list[Passage],
    now: Mapping[str, str],
    *,
    required: bool,
    named: bool,
) -> Position:
    leads = content.is_lead(passages, unit.pk)
    if consent is None:
        return Position(unit, None, required, named, leads)
    mine = {str(p.pk) for p in passages if content.concerns(p, unit.pk)} | {TITLE}
    comments = list(consent.comments.all())
    changed = tuple(
        key for key in _in_order(mine | set(consent.seen), passages)
        if now.get(key) != consent.seen.get(key) and not _covered(comments, key, now.get(key))
    )  # fmt: skip
    waiting = sum(c.adoption == Adoption.WAITING for c in comments)
    unsettled = sum(_is_unsettled(c, consent, now) for c in comments)
    return Position(unit, consent, required, named, leads, changed, waiting, unsettled)


def _in_order(keys: set[str], passages: list[Passage]) -> list[str]:
    order = {str(p.pk): place for place, p in enumerate(passages, 1)} | {TITLE: 0}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), key))


def _covered(comments: list[Comment], key: str, content_now: str | None) -> bool:
    """True when the unit agreed to exactly these words while its comment on the passage was settled."""
    return content_now is not None and any(
        c.agreed and str(c.passage_id) == key and c.agreed_content == content_now for c in comments
    )


def _is_unsettled(comment: Comment, consent: Consent, now: Mapping[str, str]) -> bool:
    """Refused or half adopted without agreement; or called adopted while its passage still reads as before."""
    if comment.adoption == Adoption.WAITING or comment.agreed:
        return False
    if comment.adoption != Adoption.ADOPTED:
        return True
    key = str(comment.passage_id)
    return comment.passage_id is None or now.get(key) == consent.seen.get(key)


def seen_by(unit_id: int, title: str, lines: list[content.Line]) -> dict[str, str]:
    """What a unit is shown as its own business: passage key → content hash (for `Consent.seen`)."""
    seen = {str(line.passage.pk): line.content for line in lines if content.concerns(line.passage, unit_id)}
    return seen | {TITLE: content.title_hash(title)}


def reopens(found: Picture, passage: Passage, *, but: int | None = None) -> list[Unit]:
    """Units that stand behind the text and would have to be asked again once this passage's words change.

    `but`: the unit whose own wording it is.
    """
    key = str(passage.pk)
    return [
        p.unit for p in found.positions
        if p.consent is not None and not p.problem and p.unit.pk != but
        and (key in p.consent.seen or content.concerns(passage, p.unit.pk))
    ]  # fmt: skip


def unasked_refusal(minutes: Minutes) -> str | None:
    """None when every unit the text names was asked; else who was not, whether it attended or not (章程四（一）)."""
    left = [p.unit.short_name for p in picture(minutes).positions if p.named and p.consent is None]
    if not left:
        return None
    return f"{'、'.join(left)}已列为牵头或配合单位，还没有征求其意见，请再次征求意见。"


def c11_refusal(minutes: Minutes) -> str | None:
    """The guard of C11: None when the attending units agree to the present text, else the Chinese reason."""
    found = picture(minutes)
    blocks = found.blocks
    if not any(position.required for position in found.positions):
        return "没有与会单位，不能认定“经与会单位同意”（章程四（一））。"
    if not blocks:
        return None
    more = f"等{len(blocks)}个单位" if len(blocks) > 3 else ""
    return f"未经与会单位一致同意，不能办理（章程四（一））：{'；'.join(blocks[:3])}{more}。"
