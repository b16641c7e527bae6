"""What the steps of the walk share: the people, meeting M1 of the sample file, and the rows as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml
from django.conf import settings
from playwright.sync_api import Page

from apps.documents.models import ArchivedPaper
from apps.meetings.models import Invitation, Meeting
from apps.minutes.enums import PassageKind
from apps.minutes.models import Consent, Minutes, Passage
from apps.minutes.selectors import passages_of
from tests.factories.people import People

from .stage import Mailbox, Stage, Worker


@dataclass
class Walk:
    """Everything the steps share."""

    stage: Stage
    people: People
    mailbox: Mailbox
    worker: Worker
    notes: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def m1(self) -> dict[str, Any]:
        """Meeting M1 of the sample file."""
        with (settings.FIXTURES / "sample_meetings.yaml").open(encoding="utf-8") as file:
            found: dict[str, Any] = yaml.safe_load(file)["meetings"][0]
        return found

    @property
    def meeting(self) -> Meeting:
        """The meeting of this walk, as it is now."""
        return Meeting.objects.get()

    @property
    def minutes(self) -> Minutes:
        """The 纪要 of this walk, as it is now."""
        return Minutes.objects.select_related("meeting", "paper").get()

    @property
    def paper(self) -> ArchivedPaper:
        """The issued paper."""
        found = self.minutes.paper
        assert found is not None
        return found

    def resolutions(self) -> list[Passage]:
        """The passages that resolve something, in their order."""
        return [row for row in passages_of(self.minutes) if row.kind == PassageKind.RESOLUTION]

    def consent(self, code: str) -> Consent:
        """A unit's answer sheet in the newest round that asked it."""
        rows = Consent.objects.filter(unit__code=code).select_related("circulation__minutes", "unit")
        return rows.order_by("-circulation__round")[0]

    def item(self, key: str) -> dict[str, Any]:
        """A resolution of M1 by the file's id."""
        found: dict[str, Any] = next(row for row in self.m1["items"] if row["id"] == key)
        return found

    def name(self, code: str) -> str:
        """A unit's short name."""
        return self.people.unit(code).short_name

    def invitation(self, code: str) -> Invitation:
        """A unit's invitation."""
        return Invitation.objects.select_related("meeting", "unit").get(unit__code=code)


# As the meeting put it; the units' comments change them later.
DECIDED_IN_THE_ROOM = {
    "M1-2": "由市发改委牵头，12月底前完成职业病防治规划目标任务与国民经济和社会发展规划的衔接",
    "M1-3": "由市工信局牵头，明确可能产生职业病危害建设项目信息共享的范围、口径和时限",
}


def press_past(page: Page, verb: str) -> str:
    """Post what the grey button would have posted. It is refused, in words, which are returned."""
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    headers = {"Referer": page.url, "Accept": "application/json"}
    answer = page.request.post(f"{page.url}act/{verb}/", headers=headers, form={"csrfmiddlewaretoken": token})
    assert answer.status == 409
    return answer.text()
