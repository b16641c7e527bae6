"""The demo's world: made once a module inside one transaction, which is rolled back at its end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from apps.portal.services import demo_logins, seed_demo
from tests.support.worlds import world


@pytest.fixture(scope="module")
def demo_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The whole demo is loaded and its logins are offered."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        world("demo", seed_demo)
        assert demo_logins()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(demo_world: None, db: None) -> None:
    """The demo's world for one test; what the test changes is undone."""
