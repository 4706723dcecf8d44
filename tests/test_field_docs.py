"""The examples of docs/fields.md are what the rules find. `python -m tests.test_field_docs` writes their rows anew."""

import re
from pathlib import Path
from typing import Any, get_args

from pipeline.text.attribution import Method
from pipeline.text.claims import Claim, Modality
from pipeline.text.embeds import cut_posts
from pipeline.text.kinds import QuoteKind
from pipeline.text.mentions import Mention
from pipeline.text.qualifiers import Qualifier
from pipeline.text.quotes import Quote
from tests.fields.gold import Row
from tests.fields.measures import mine

DOCS = Path(__file__).parent.parent / "docs" / "fields.md"
EXAMPLE = re.compile(r"(```\n(\w+) \((\w\w)\): (.+)\n(.+)\n---\n)((?:.+\n)*?)```")


def printed(table: str, language: str, columns: str, text: str) -> str:
    r"""Return the rows of a text, in which a written \n is a line end, as the examples show them."""
    body, posts = cut_posts(text.replace(r"\n", "\n"), "UTC")
    found = mine(body, language)
    rows: dict[str, list[Row]] = {
        "quotes": found.quotes,
        "claims": found.claims,
        "mentions": found.names,
        "embeds": [post._asdict() for post in posts],
    }
    return "".join(" | ".join(_shown(row[name]) for name in columns.split(" | ")) + "\n" for row in rows[table])


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return " ".join(value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def test_the_examples_are_what_the_rules_find() -> None:
    examples = EXAMPLE.findall(DOCS.read_text("utf-8"))
    assert {table for _, table, *_ in examples} == {"quotes", "claims", "embeds", "mentions"}
    assert [rows for *_, rows in examples] == [printed(*example) for _, *example, _ in examples]


def test_every_field_and_every_value_is_explained() -> None:
    text = DOCS.read_text("utf-8")
    values = [value for kind in (Method, Modality, Qualifier, QuoteKind) for value in get_args(kind)]
    assert [name for name in (*Quote._fields[3:4], *Quote._fields[8:], *Claim._fields, *Mention._fields, *values) if name not in text] == []  # fmt: skip


if __name__ == "__main__":
    DOCS.write_text(
        EXAMPLE.sub(lambda found: f"{found[1]}{printed(*found.groups()[1:5])}```", DOCS.read_text("utf-8")), "utf-8"
    )
