"""Playwright on browsers older than itself: what its own scripts ask for is added in the world they run in.

The page's own world, where the portal's scripts run, is left as the old browser made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page

# Playwright asks whether an element is seen by `checkVisibility`, which Chromium has since 105.
_FOR_PLAYWRIGHT = """
if (!Element.prototype.checkVisibility) Element.prototype.checkVisibility = function () {
    if (!this.isConnected) return false;
    for (let el = this; el; el = el.parentElement || (el.getRootNode() || {}).host)
        if (getComputedStyle(el).display === 'none') return false;
    const parent = this.parentElement && this.parentElement.closest('details:not([open])');
    return !parent || !!this.closest('summary') && this.closest('summary').parentElement === parent;
};
"""


def befriend(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Wrap pytest-playwright's `new_context`, so that every page of its windows can be driven."""

    def open_window(**look: Any) -> BrowserContext:
        window = new_context(**look)
        plain = window.new_page

        def open_page() -> Page:
            page = plain()
            _teach(page)
            return page

        window.new_page = open_page  # type: ignore[method-assign]
        return window

    return open_window


def _teach(page: Page) -> None:
    # Playwright names its world after the page; a script under the same name runs in the same world.
    world = f"__playwright_utility_world_{page._impl_obj._guid}"
    session = page.context.new_cdp_session(page)
    session.send(
        "Page.addScriptToEvaluateOnNewDocument", {"source": _FOR_PLAYWRIGHT, "worldName": world}
    )
