"""What a page is to somebody without a mouse, with a small screen, or with a screen reader."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

STOPS = """[...document.querySelectorAll("a[href], summary, [tabindex='0']")].filter(each => each.checkVisibility())"""
FOCUSED = f"{STOPS}.indexOf(document.activeElement)"
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"


def faults(page: "Page | Frame") -> list[str]:
    """Return what axe-core holds against a page, with the first element of each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['impact']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]


def overhang(page: "Page | Frame") -> int:
    """Return how many pixels of a page are beyond the right edge, where only scrolling shows them."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def tab_stops(page: "Page") -> tuple[int, list[int]]:
    """Return how many elements are to be reached by Tab, and which were, in order; each must show that it is."""
    reached = []
    for _ in range(page.evaluate(f"{STOPS}.length")):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        assert page.evaluate(OUTLINE) != "none", f"stop {reached[-1]} looks as if it had no focus"
    return len(reached), reached
