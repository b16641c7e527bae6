"""Settings: only what is defined, only of its kind, each change with its line."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from apps.common import settings_rows
from apps.common.models import AuditEvent, SettingRow
from apps.common.settings_rows import DEFINITIONS

pytestmark = pytest.mark.django_db


def test_every_default_is_allowed_by_its_own_definition() -> None:
    assert [settings_rows.checked(d, d.default) for d in DEFINITIONS] == [d.default for d in DEFINITIONS]
    assert len({d.key for d in DEFINITIONS}) == len(DEFINITIONS)
    assert all(str(d.sentence) for d in DEFINITIONS)


@pytest.mark.core
def test_a_change_is_kept_and_journalled_once() -> None:
    settings_rows.put("yellow_days", 12, by=None)
    settings_rows.put("yellow_days", 12, by=None)
    assert settings_rows.value("yellow_days") == 12
    event = AuditEvent.objects.get(verb="set")
    assert event.detail == {"label": "黄灯工作日", "from": 10, "to": 12}


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("yellow_days", 0), ("yellow_days", "10"), ("yellow_days", 61), ("silence_consents", 1),
        ("number_style", "xx"), ("body_name", " "), ("body_name", "长" * 61), ("second_factor", None),
    ],
)  # fmt: skip
def test_a_wrong_value_changes_nothing(key: str, wrong: Any) -> None:
    with pytest.raises(ValidationError, match="的值不对。"):
        settings_rows.put(key, wrong, by=None)
    assert not SettingRow.objects.exists()


def test_an_unknown_key_is_a_fault_of_the_code() -> None:
    with pytest.raises(KeyError):
        settings_rows.value("no_such_setting")
