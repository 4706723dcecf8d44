"""The floors of the synthetic pages: what each measure came to when they were last raised, over all pages and the German.

`python -m tests.pages.floors` raises them to what is measured now; it lowers none.
"""

from pathlib import Path

from pipeline.model import Article, Source
from pipeline.page import html_article
from tests.floors import DIGITS, Floors, raise_floors
from tests.pages.build import Page, read_pages
from tests.pages.measures import FIELDS, Reading, compare, figures, reading

PATH = Path(__file__).parent / "floors.json"
MEASURES = ("text", "segments", *FIELDS)
_SOURCE = Source(id="pages", kind="html", path="pages")


def read_all() -> list[tuple[Page, Reading]]:
    """Return all pages with what the pipeline reads from them."""
    return [(page, _read(page)) for page in read_pages()]


def _read(page: Page) -> Reading:
    found = html_article(page.capture, _SOURCE)
    return reading(found if isinstance(found, Article) else None)


def measured(pages: list[tuple[Page, Reading]]) -> Floors:
    """Return every measure over all pages and over the German ones."""
    found = [(page, compare(page.gold, read)) for page, read in pages]
    groups = {
        "all": [hits for _, hits in found],
        "de": [hits for page, hits in found if page.gold["language"] == "de"],
    }
    return {
        group: {name: round(value, DIGITS) for name, value in figures(hits).items() if name in MEASURES}
        for group, hits in groups.items()
    }


def main() -> None:
    """Raise each floor to what is measured now, where that is more."""
    raise_floors(PATH, measured(read_all()))


if __name__ == "__main__":
    main()
