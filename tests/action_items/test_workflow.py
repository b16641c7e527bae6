"""Every state × verb × role of an item, against a table written by hand."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.action_items.enums import EndingState, ExtensionState, ItemState
from apps.action_items.models import ActionItem, Ending, Extension
from apps.action_items.services import open_item
from apps.action_items.workflow import ENDING_FLOW, EXTENSION_FLOW, ITEM_FLOW
from apps.common.errors import Refused
from apps.common.workflow import move
from tests.factories.people import People

S = ItemState
OPEN = {S.ASSIGNED, S.IN_PROGRESS, S.CLOSING}
# Verb → the states in which it may be done.
WHEN: dict[str, set[ItemState]] = {
    "sign_for": {S.ASSIGNED},
    "sign_part": OPEN,
    "report": OPEN,
    "accept_report": set(S),
    "return_report": set(S),
    "ask_close": {S.ASSIGNED, S.IN_PROGRESS},
    "confirm_close": {S.CLOSING},
    "enter_confirmation": {S.CLOSING},
    "close": {S.CLOSING},
    "return_close": {S.CLOSING},
    "ask_extension": OPEN,
    "decide_extension": OPEN,
    "end_approved": OPEN,
    "merge": OPEN,
    "propose_ending": OPEN,
    "take_over": OPEN,
    "direct": set(S),
    "correct": set(S),
    "sign_again": OPEN,
    "end_by_correction": OPEN,
}
AFTER = {
    "sign_for": S.IN_PROGRESS,
    "ask_close": S.CLOSING,
    "close": S.CLOSED,
    "return_close": S.IN_PROGRESS,
    "end_approved": S.TERMINATED,
    "merge": S.MERGED,
    "sign_again": S.ASSIGNED,
    "end_by_correction": S.TERMINATED,
}
# Verb → who may do it: on an item led by another unit, and on one led by the host unit.
OFFICE = {"office", "director"}
WHO: dict[str, tuple[set[str], set[str]]] = {
    "sign_for": ({"lead"}, {"host"}),
    "sign_part": ({"lead", "support"}, {"host", "support"}),
    "report": ({"lead", "support"} | OFFICE, {"host", "support"} | OFFICE),
    "accept_report": (OFFICE, OFFICE),
    "return_report": (OFFICE, OFFICE),
    "ask_close": ({"lead"} | OFFICE, {"host"} | OFFICE),
    "confirm_close": (set(), {"support", "support_member"}),
    "enter_confirmation": (set(), OFFICE),
    "close": (OFFICE, {"director"}),
    "return_close": (OFFICE, OFFICE),
    "ask_extension": ({"lead"} | OFFICE, {"host"} | OFFICE),
    "decide_extension": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "end_approved": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "merge": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "propose_ending": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "take_over": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "direct": (OFFICE | {"convener"}, OFFICE | {"convener"}),
    "correct": (OFFICE, OFFICE),
    "sign_again": (OFFICE, OFFICE),
    "end_by_correction": (OFFICE, OFFICE),
}
ROLES: dict[str, Callable[[People], Any]] = {
    "office": lambda p: p.office,
    "director": lambda p: p.director,
    "convener": lambda p: p.convener,
    "host": lambda p: p.liaison("weijianwei"),
    "lead": lambda p: p.liaison("jiaoyuju"),
    "support": lambda p: p.liaison("shengtaiju"),
    "support_member": lambda p: p.member("shengtaiju"),
    "peer": lambda p: p.liaison("kejiju"),
    "auditor": lambda p: p.auditor,
    "sysadmin": lambda p: p.sysadmin,
    "secadmin": lambda p: p.secadmin,
    "visitor": lambda p: p.visitor,
}


def make(people: People, lead: str, number: int) -> ActionItem:
    return open_item(
        ref=f"T-{number}", seq=number, text="建立教学用辐射材料职业健康管理制度", leads=[people.unit(lead)],
        supports=[people.unit("shengtaiju")], all_support=False, due_on=date(2026, 12, 31), recurrence="",
        is_standing=False, duties=[], source_paper=None, source_anchor="", source_label="〔2026〕1号",
        opened_on=date(2026, 4, 9), by=people.office,
    )  # fmt: skip


def in_state(item: ActionItem, state: ItemState, people: People) -> ActionItem:
    """The item as it would stand in a state, confirmation included, for reading the table only."""
    fields: dict[str, Any] = {"state": state}
    if state == S.CLOSED:
        fields["closed_on"] = date(2026, 11, 1)
    if state in (S.TERMINATED, S.MERGED):
        fields["ended_on"] = date(2026, 11, 1)
    if state == S.MERGED:
        fields["merged_into"] = make(people, "jiaoyuju", 9)
    ActionItem.objects.filter(pk=item.pk).update(**fields)
    return ActionItem.objects.get(pk=item.pk)


def outcome(item: ActionItem, verb: str, user: Any, people: People) -> str:
    """What happens when the user tries: the new state, "denied" or "refused". Undone afterwards."""
    fields: dict[str, Any] = {
        "close": {"closed_on": date(2026, 11, 1), "closed_by": user},
        "end_by_correction": {"ended_on": date(2026, 11, 1)},
        "end_approved": {"ended_on": date(2026, 11, 1)},
        "merge": {"ended_on": date(2026, 11, 1), "merged_into_id": item.pk},
    }.get(verb, {})
    try:
        with transaction.atomic():
            if verb == "close":
                ActionItem.objects.filter(pk=item.pk).update(confirmed_by_unit=people.unit("shengtaiju"))
            after = move(item, verb, by=user, reason="有理由", **fields).state
            raise UndoError(after)
    except UndoError as done:
        return str(done)
    except PermissionDenied:
        return "denied"
    except Refused:
        return "refused"


class UndoError(Exception):
    """Carries the result out of a transaction that is taken back."""


def test_the_table_names_every_verb() -> None:
    assert [row.name for row in ITEM_FLOW.rows] == list(WHEN) == list(WHO)


@pytest.mark.core
@pytest.mark.parametrize("host_leads", [False, True], ids=["other unit leads", "host unit leads"])
def test_state_by_verb_by_role(host_leads: bool, people: People) -> None:
    users = {role: find(people) for role, find in ROLES.items()}
    item = make(people, "weijianwei" if host_leads else "jiaoyuju", 1)
    for kind, heir in (("terminate", None), ("merge", item)):  # what the two verbs of an approval wait for
        Ending.objects.create(
            item=item, kind=kind, heir=heir, reason="有理由", state="approved", asked_on=date(2026, 10, 1),
            decided_on=date(2026, 10, 2), decided_by="召集人",
        )  # fmt: skip
    found, wanted = {}, {}
    for state in S:
        row = in_state(item, state, people)
        for verb, states in WHEN.items():
            for role, user in users.items():
                key = (state, verb, role)
                found[key] = outcome(ActionItem.objects.get(pk=row.pk), verb, user, people)
                may = role in WHO[verb][host_leads]
                done = AFTER.get(verb, state) if state in states else "refused"
                wanted[key] = str(done) if may else "denied"
        if state == S.MERGED:
            break
        ActionItem.objects.filter(pk=row.pk).update(state=S.ASSIGNED, closed_on=None, ended_on=None)
    assert found == wanted
    assert len(found) == len(S) * len(WHEN) * len(ROLES)


# --- requests for 延期, proposals of 终止 and 合并 ------------------------------

X, E = ExtensionState, EndingState
ASKED = {X.ASKED, X.REVIEWED}
# Verb → (states, the state after, who). The unit that asked is the item's lead, 市教育局.
EXTENSION: dict[str, tuple[set[ExtensionState], ExtensionState, set[str]]] = {
    "review": ({X.ASKED}, X.REVIEWED, OFFICE),
    "send_back": (ASKED, X.RETURNED, OFFICE),
    "grant": ({X.REVIEWED}, X.GRANTED, {"convener"}),
    "refuse": ({X.REVIEWED}, X.REFUSED, {"convener"}),
    "register_grant": ({X.REVIEWED}, X.GRANTED, OFFICE),
    "register_refusal": ({X.REVIEWED}, X.REFUSED, OFFICE),
    "withdraw": ({X.ASKED}, X.WITHDRAWN, {"lead"}),
    "lapse": (ASKED, X.WITHDRAWN, OFFICE | {"convener"}),
}
ENDING: dict[str, tuple[set[EndingState], EndingState, set[str]]] = {
    "approve": ({E.ASKED}, E.APPROVED, {"convener"}),
    "refuse": ({E.ASKED}, E.REFUSED, {"convener"}),
    "register_approval": ({E.ASKED}, E.APPROVED, OFFICE),
    "register_refusal": ({E.ASKED}, E.REFUSED, OFFICE),
    "withdraw": ({E.ASKED}, E.WITHDRAWN, OFFICE),
    "lapse": ({E.ASKED}, E.WITHDRAWN, OFFICE | {"convener"}),
}
DECISION = {"decided_on": date(2026, 11, 1), "decided_by": "召集人"}
UNDECIDED = {"decided_on": None, "decided_by": ""}


def tried(row: Any, verb: str, user: Any, fields: dict[str, Any]) -> str:
    """The new state, "denied" or "refused"; undone afterwards."""
    try:
        with transaction.atomic():
            raise UndoError(move(row, verb, by=user, reason="有理由", **fields).state)
    except UndoError as done:
        return str(done)
    except PermissionDenied:
        return "denied"
    except Refused:
        return "refused"


def test_every_state_verb_and_role_of_a_request(people: People) -> None:
    users = {role: find(people) for role, find in ROLES.items()}
    item = make(people, "jiaoyuju", 1)
    row = Extension.objects.create(
        item=item, unit=people.unit("jiaoyuju"), applied_on=date(2026, 10, 1), reason="合并实施",
        old_due=date(2026, 12, 31), new_due=date(2027, 3, 31),
    )  # fmt: skip
    assert [one.name for one in EXTENSION_FLOW.rows] == list(EXTENSION)
    found, wanted = {}, {}
    for state in X:
        decided = DECISION if state in (X.GRANTED, X.REFUSED) else UNDECIDED
        Extension.objects.filter(pk=row.pk).update(state=state, review_note="请补充", **decided)
        for verb, (states, after, who) in EXTENSION.items():
            fields = DECISION if after in (X.GRANTED, X.REFUSED) else {}
            for role, user in users.items():
                found[state, verb, role] = tried(Extension.objects.get(pk=row.pk), verb, user, fields)
                result = str(after) if state in states else "refused"
                wanted[state, verb, role] = result if role in who else "denied"
    assert found == wanted


def test_every_state_verb_and_role_of_a_proposal(people: People) -> None:
    users = {role: find(people) for role, find in ROLES.items()}
    item = make(people, "jiaoyuju", 1)
    row = Ending.objects.create(
        item=item, kind="terminate", reason="上级另有安排", asked_on=date(2026, 10, 1), asked_by=people.office
    )
    assert [one.name for one in ENDING_FLOW.rows] == list(ENDING)
    found, wanted = {}, {}
    for state in E:
        Ending.objects.filter(pk=row.pk).update(state=state, **(UNDECIDED if state == E.ASKED else DECISION))
        for verb, (states, after, who) in ENDING.items():
            for role, user in users.items():
                found[state, verb, role] = tried(Ending.objects.get(pk=row.pk), verb, user, DECISION)
                result = str(after) if state in states else "refused"
                wanted[state, verb, role] = result if role in who else "denied"
    assert found == wanted
