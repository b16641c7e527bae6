from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page

from tests.support.old_chromium import BUILDS, launch_options

from . import test_consent_desk, test_convener, test_room_faults, test_room_together, test_signin
from .old import befriend

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=list(BUILDS))
def browser(request: Any, browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    build = BUILDS[request.param]
    started = browser_type.launch(**{**browser_type_launch_args, **launch_options(build)})
    assert started.version == build.version
    yield started
    started.close()


@pytest.fixture
def new_context(new_context: Any) -> Callable[..., BrowserContext]:
    return befriend(new_context)


def _again(*modules: Any) -> dict[str, Callable[..., None]]:
    return {
        f"test_{module.__name__.rpartition('test_')[2]}_{name[5:]}": test
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(test)
    }


globals().update(_again(test_room_faults, test_room_together, test_signin, test_consent_desk, test_convener))
