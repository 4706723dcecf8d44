"""Articles with what a reader found in them: gold files of JSON lines, and the cases of this folder.

A case begins with `== name`; its lines are paragraphs up to the first that begins with a sign:
`> kind | speaker | words` a quotation, `- ` for nobody, its words without marks, `first ... last` for long ones;
`# words | qualifier value unit | of object | EVENT | in place | by claimant | modality` a claim, parts of it left out
where the text says nothing, `asserted` being the modality that is; `@ LABEL name; name` the names of one kind.
Quotations and claims stand in the order of the text.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
LANGUAGES = ("de", "en", "fr", "es")
Row = dict[str, Any]
_LEADS = {"of ": "object", "in ": "place", "by ": "claimant"}
_MODALITIES = ("reported", "denied")
_LOW_ONLY, _HIGH_ONLY = ("over", "at_least"), ("up_to", "under")


class Case(NamedTuple):
    """A text and what is in it, each with `start` and `end`; a table that is None was not looked for."""

    id: str
    language: str
    text: str
    marked: list[Row] | None
    told: list[Row] | None
    claims: list[Row] | None
    names: list[Row] | None


def read_cases(language: str) -> list[Case]:
    """Return the cases of this folder in one language, in the order of the file."""
    return [_case(block, language) for block in (HERE / f"{language}.txt").read_text("utf-8").split("== ")[1:]]


def _case(block: str, language: str) -> Case:
    name, *lines = block.strip().splitlines()
    text = "\n\n".join(line for line in lines if line[:2] not in ("> ", "# ", "@ "))
    quotes = list(_quotes(lines, text))
    return Case(
        f"{language}_{name}",
        language,
        text,
        [quote for quote in quotes if quote["kind"] != "indirect"],
        [quote for quote in quotes if quote["kind"] == "indirect"],
        list(_claims(lines, text)),
        [{"label": line[2:5], "name": one} for line in lines if line[:2] == "@ " for one in line[6:].split("; ")],
    )


def _parts(lines: list[str], sign: str) -> Iterator[list[str]]:
    return (line[2:].split(" | ") for line in lines if line.startswith(sign))


def _quotes(lines: list[str], text: str) -> Iterator[Row]:
    for kind, speaker, words in _parts(lines, "> "):
        start, end = place(text, words, 0)
        named = None if speaker == "-" else speaker
        yield {"kind": kind, "speaker": named, "speaker_surface": named, "start": start, "end": end}


def _claims(lines: list[str], text: str) -> Iterator[Row]:
    cursor = 0
    for words, amount, *parts in _parts(lines, "# "):
        start, cursor = place(text, words, cursor)
        qualifier, *values, unit = amount.split()
        numbers = [float(value) for value in values]
        row: Row = {"start": start, "end": cursor, "qualifier": qualifier, "unit": unit, "modality": "asserted"}
        row |= dict.fromkeys(("object", "event", "place", "claimant"))
        row["value_low"] = None if qualifier in _HIGH_ONLY else numbers[0]
        row["value_high"] = None if qualifier in _LOW_ONLY else numbers[-1]
        yield row | dict(_said(part) for part in parts)


def _said(part: str) -> tuple[str, str]:
    if part in _MODALITIES:
        return "modality", part
    return (_LEADS[part[:3]], part[3:]) if part[:3] in _LEADS else ("event", part)


def place(text: str, words: str, cursor: int) -> tuple[int, int]:
    """Return where words stand in a text from a position on, `...` between the first and the last of a long run."""
    first, *last = words.split(" ... ")
    whole = rf"{re.escape(first)}.*?{re.escape(last[0])}" if last else rf"(?<!\w){re.escape(first)}(?!\w)"
    found = re.compile(whole, re.DOTALL).search(text, cursor)
    assert found, f"not in the text: {words}"
    return found.span()


def read_lines(path: Path) -> list[Case]:
    """Return the cases of a gold file of JSON lines, none of one that holds other things."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [_of_row(row) for row in rows if "quotes" in row and "text" in row]


def _of_row(row: Row) -> Case:
    if "claims" in row:
        return Case(row["id"], row["lang"], row["text"], row["quotes"], None, row["claims"], row["entities"])
    spans = [quote | {"start": quote["spans"][0][0], "end": quote["spans"][-1][1]} for quote in row["quotes"]]
    return Case(row["id"], row["lang"], row["text"], None, spans, None, None)
