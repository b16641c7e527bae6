"""Words and addresses asked for once a page: they say what Django would say for each row."""

from django.urls import reverse

from apps.action_items.enums import ItemState
from apps.action_items.models import ActionItem
from apps.common.ready import labels_of, pattern_of, under


def test_a_pattern_gives_the_addresses_of_its_pages() -> None:
    assert pattern_of("action_items:detail").format(17) == reverse("action_items:detail", args=[17])
    assert pattern_of("dispatch:act", "resend").format(17) == reverse("dispatch:act", args=[17, "resend"])


def test_labels_are_those_of_the_columns() -> None:
    assert labels_of(ItemState) == {
        str(state): ActionItem(state=state).get_state_display() for state in ItemState
    }


def test_notes_that_say_nothing_take_no_line() -> None:
    assert under(["原定 2026-09-30", "", None, False, "周六，不上班"]) == "原定 2026-09-30\n周六，不上班"
