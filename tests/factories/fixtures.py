"""Fixtures every app's tests use; imported by tests/conftest.py."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.factories import people as made


@pytest.fixture
def people(db: None) -> made.People:
    """The charter is loaded; accounts appear when asked for (`people.office`, `people.liaison("kejiju")`)."""
    return made.People()


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """`client_of(user)`: a test client logged in as the user."""
    return made.client_of
