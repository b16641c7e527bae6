"""Playwright on browsers older than itself: what its own scripts ask for is added where they run.

The pages of the portal get nothing by it but `checkVisibility`, and that the portal's scripts do not use:
tests/portal/test_floor.py sees to it.
"""

from __future__ import annotations

import os
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, Playwright

# A selector engine is the one thing Playwright lets others bring into its own scripts, before anything else runs.
# It asks whether an element is seen by `checkVisibility`, which Chromium has since 105.
_ENGINE = """(() => {
    if (!Element.prototype.checkVisibility) Element.prototype.checkVisibility = function () {
        if (!this.isConnected) return false;
        for (let el = this; el; el = el.parentElement || el.getRootNode().host) {
            if (getComputedStyle(el).display === 'none') return false;
            const above = el.parentElement;
            if (!above || above.nodeName !== 'DETAILS' || above.open) continue;
            if (el !== above.querySelector(':scope > summary')) return false;
        }
        return true;
    };
    return { query: () => null, queryAll: () => [] };
})()"""


def befriend(playwright: Playwright) -> None:
    """Let Playwright drive a browser that is older than its scripts. Once a session."""
    playwright.selectors.register("nothing", _ENGINE)


# Chromium 92 styles the arrow of its own `<input list>` inline, and then reports itself to the page's policy. The
# hash is of its own words: a page with nothing but an `<input list>` and its `<datalist>` brings the same.
ARROW = "sha256-pILX+5FGCpLRHvNBgtABIdSMmytrYudGxJBUYXY1t0s="

# OLD_SHOTS=folder keeps pictures of some pages: docs/browsers.md shows them.
SHOTS = os.environ.get("OLD_SHOTS", "")

_CUT_OFF = """() => {
    const wide = document.documentElement.clientWidth + 1;
    const scrolls = el => { for (; el; el = el.parentElement)
        if (/auto|scroll|hidden/.test(getComputedStyle(el).overflowX) && el !== document.body
            && el !== document.documentElement) return true; return false; };
    const found = document.documentElement.scrollWidth > wide ? [`page ${document.documentElement.scrollWidth}`] : [];
    for (const el of document.querySelectorAll('a, button, input, select, textarea, summary, h1, h2, img')) {
        const box = el.getBoundingClientRect();
        const folded = el.closest('details:not([open])'), summary = folded && folded.querySelector('summary');
        if (box.width < 2 || box.height < 2 || scrolls(el) || folded && !summary.contains(el)) continue;
        if (box.left < -1 || box.right > wide) found.push(`${el.outerHTML.slice(0, 90)} ${box.left}–${box.right}`);
    }
    return found;
}"""


def nothing_cut_off(page: Page) -> None:
    """Nothing one reads or presses stands outside the window. Fails with what does, and where in px."""
    found = page.evaluate(_CUT_OFF)
    assert found == [], f"{page.url}: {found}"


def at_the_bottom(bar: Locator) -> None:
    """A bar stands at the lower edge of the window while the page, longer than the window, is at its top."""
    page = bar.page
    page.evaluate("scrollTo(0, 0)")
    assert page.viewport_size is not None
    height = page.viewport_size["height"]
    assert page.evaluate("document.documentElement.scrollHeight") > height
    box = bar.bounding_box()
    assert box is not None
    assert abs(box["y"] + box["height"] - height) <= 1, f"not at the bottom: {box}"


def side_by_side(parts: Locator) -> None:
    """Parts stand beside each other, from left to right, none over another."""
    boxes = [part.bounding_box() for part in parts.all()]
    assert len(boxes) > 1
    for left, right in pairwise(boxes):
        assert left is not None
        assert right is not None
        assert left["x"] + left["width"] <= right["x"] + 1, f"not side by side: {boxes}"


def picture(page: Page, name: str) -> None:
    """Keep what the window shows, small, when asked to."""
    if not SHOTS:
        return
    assert page.viewport_size is not None
    assert page.context.browser is not None
    version = page.context.browser.version.partition(".")[0]
    with Image.open(BytesIO(page.screenshot())) as shot:
        shot.save(Path(SHOTS) / f"{name}-{page.viewport_size['width']}-chromium{version}.webp", quality=60)
