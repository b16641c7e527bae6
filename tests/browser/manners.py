"""What every page owes its readers: nothing axe finds, nothing cut off at 150 % text, and a way by keyboard alone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.factories.people import PASSWORD

_NAME = """(e => e ? (e.getAttribute('aria-label') || e.innerText || e.value
    || (e.labels && e.labels[0] && e.labels[0].innerText) || '') : '')(document.activeElement)"""
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


def axe_finds_nothing(page: Page) -> None:
    """Run axe at both sizes; fails with the rule, its help and the elements concerned."""
    page.wait_for_load_state()
    before = page.viewport_size
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        said = [
            f"{violation['id']}: {violation['help']}: "
            + "; ".join(node["html"][:160] for node in violation["nodes"][:4])
            for violation in _violations(page)
        ]
        assert said == [], f"{page.url} at {size['width']}"
    if before:
        page.set_viewport_size(before)


def _violations(page: Page) -> list[Any]:
    """What axe finds. All it passes would be as long to bring over as to find out, and its program goes in once a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[Any] = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    return found


def fits_at_150(page: Page) -> None:
    """With text at 150 % nothing is wider than a phone's screen."""
    before = page.viewport_size
    page.set_viewport_size(SIZES[1])  # type: ignore[arg-type]
    page.evaluate("document.documentElement.classList.add('text-150')")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.evaluate("document.documentElement.classList.remove('text-150')")
    assert wide <= 1, f"{page.url}: {wide} px too wide at 150 %"
    if before:
        page.set_viewport_size(before)


def reach(page: Page, name: str, *, presses: int = 120) -> None:
    """Go to the control with this name by Tab alone. Fails when it cannot be reached."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        shown = page.evaluate(_NAME)
        if name in (shown or ""):
            return
    raise AssertionError(f"“{name}” is not reached by Tab on {page.url}")


def give_password(page: Page) -> None:
    """Answer the page that asks for the password again before an act that binds."""
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="确认", exact=True).click()
