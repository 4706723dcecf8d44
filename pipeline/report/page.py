"""Pages from templates: everything that comes from articles is escaped, and nothing is loaded from elsewhere."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

MOST_CHARACTERS = 120
"""Of a title, an address or a detail: hostile ones are a megabyte long."""


def render(name: str, **values: Any) -> str:
    """Return the page that a template makes of these values, which are escaped unless they are Markup."""
    return _templates().get_template(name).render(**values)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("pipeline.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"short": short, "number": number, "share": share, "bytes": size}
    return made


def short(text: str | None, most: int = MOST_CHARACTERS) -> str:
    """Return a text that is not longer than this, cut with an ellipsis; empty for None."""
    text = text or ""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def number(value: float | None) -> str:
    """Return a number as people read it, with at most one decimal; a dash for None."""
    return "–" if value is None else f"{value:,.0f}" if float(value).is_integer() or value >= 100 else f"{value:,.1f}"


def share(part: float | None, whole: float | None) -> str:
    """Return a share in percent; a dash of nothing."""
    return f"{part / whole:.1%}" if part is not None and whole else "–"


def size(count: int) -> str:
    """Return a number of bytes in the unit that fits, of 1,000 each."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


__all__ = ["MOST_CHARACTERS", "Markup", "number", "render", "share", "short", "size"]
