"""Newsmill against plain trafilatura, page by page in one process.

`python benchmarks/pages.py` reads the synthetic pages of tests/pages; with `--gold DIR` also each NAME.gold.jsonl
below DIR with its NAME.warc.gz (`--pages NAME...`: only these). Both read each page, in alternating order, timed in CPU
seconds of this process; the interval behind a difference is the middle 95 % of a bootstrap over pages (fixed seed).
"""

import argparse
import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import trafilatura
from htmldate import extractors
from trafilatura.metadata import Document

from benchmarks.resampling import MEASURES, interval, ratio, resampled
from pipeline import archive
from pipeline.html.dom import parse_page
from pipeline.html.jsonld import read_jsonld
from pipeline.model import Article, Capture, Refusal, Source
from pipeline.page import html_article
from tests.pages.build import read_pages
from tests.pages.measures import Hits, Reading, compare, page_f1, reading

SLOW_MS = 500.0
# For a set in which more than a tenth of the gold dates is after the capture: its capture dates are none.
LATE = datetime(2024, 12, 31, tzinfo=UTC)
GERMAN_FOLDER = re.compile(r"(?:de|at|ch|li|lu)/")
SYNTHETIC = "synthetic"
SOURCE = Source(id="pages", kind="html", path="pages")


def _plain_dates() -> dict[str, Any]:
    """Return the date readers that htmldate has by itself, for the pipeline gives it others."""
    spec = importlib.util.find_spec("htmldate.extractors")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: getattr(module, name) for name in ("get_external_parser", "dateutil_parse", "month_words")}


PLAIN = _plain_dates()
OURS = {name: getattr(extractors, name) for name in PLAIN}


class Case(NamedTuple):
    """A page, its gold, and the capture with which its date is measured again where the first has a false one."""

    id: str
    gold: dict[str, Any]
    capture: Capture
    lifted: Capture | None = None

    @property
    def is_german(self) -> bool:
        """Whether the gold says so, or the folder of a country in the page's id."""
        return self.gold.get("language") == "de" or bool(GERMAN_FOLDER.match(self.id))


class Row(NamedTuple):
    """What both got right on one page, and their CPU milliseconds."""

    case: Case
    ours: Hits
    theirs: Hits
    ms: tuple[float, float]
    ours_as_captured: Hits | None


def gold_sets(folder: Path | None, names: list[str]) -> Iterator[tuple[str, list[Case]]]:
    """Yield the synthetic pages and each set below a folder, in the order of their names."""
    if not names or SYNTHETIC in names:
        yield SYNTHETIC, [Case(page.name, page.gold, page.capture) for page in read_pages()]
    for path in sorted(folder.rglob("*.gold.jsonl")) if folder else []:
        name = path.name.removesuffix(".gold.jsonl")
        if not names or name in names:
            yield name, read_set(path, path.with_name(f"{name}.warc.gz"))


def read_set(gold_path: Path, warc: Path) -> list[Case]:
    """Return the pages of one set, with a late capture date too where those of the set are none."""
    lines = [json.loads(line) for line in gold_path.read_text("utf-8").splitlines()]
    dated = [line for line in lines if line["gold"].get("date")]
    late = sum(line["gold"]["date"] > line["crawl_date"] for line in dated) > len(dated) / 10
    captures = {capture.record_id: capture for capture in archive.read(warc, warc.name, warc.parent)}
    found = [(line, captures[line["record_id"]]) for line in lines if line["record_id"] in captures]
    return [
        Case(line["id"], line["gold"], one, one._replace(captured_at=LATE) if late else None) for line, one in found
    ]


def newsmill(capture: Capture) -> Reading:
    """Return what this project reads."""
    found = html_article(capture, SOURCE)
    return reading(found if isinstance(found, Article) else None)


def plain_trafilatura(capture: Capture, fast: bool = False) -> Reading:
    """Return what trafilatura reads by itself."""
    vars(extractors).update(PLAIN)
    try:
        found = trafilatura.bare_extraction(
            capture.payload, url=capture.url, with_metadata=True, include_comments=False, fast=fast
        )
    finally:
        vars(extractors).update(OURS)
    if not isinstance(found, Document):
        return Reading()
    authors = tuple(name.strip() for name in (found.author or "").split(";"))
    return Reading(text=found.text or "", title=found.title, authors=authors, day=found.date)


def stated_body(capture: Capture) -> Reading:
    """Return the articleBody of the page's JSON-LD."""
    page = parse_page(capture.payload, (capture.charset,), capture.media_type)
    body = None if isinstance(page, Refusal) else read_jsonld(page.root).article.get("articleBody")
    return Reading(text=body if isinstance(body, str) else "")


def timed(read: Callable[[Capture], Reading], capture: Capture) -> tuple[Reading, float]:
    """Return a reading and the CPU milliseconds it took."""
    began = time.process_time()
    found = read(capture)
    return found, 1000 * (time.process_time() - began)


def run(cases: list[Case]) -> list[Row]:
    """Return what both read from all pages; on odd pages trafilatura goes first."""
    rows = []
    for number, case in enumerate(cases):
        capture = case.lifted or case.capture
        pair = (newsmill, plain_trafilatura)
        results = [timed(read, capture) for read in (pair if number % 2 == 0 else pair[::-1])]
        (ours, our_ms), (theirs, their_ms) = results if number % 2 == 0 else results[::-1]
        first = compare(case.gold, newsmill(case.capture)) if case.lifted else None
        rows.append(Row(case, compare(case.gold, ours), compare(case.gold, theirs), (our_ms, their_ms), first))
    return rows


def quality(rows: list[Row]) -> Iterator[str]:
    """Yield a line for each measure that the set has gold for."""
    for name, (columns, figure) in MEASURES.items():
        pairs = [(a, b) for row in rows if (a := columns(row.ours)) and (b := columns(row.theirs))]
        if pairs:
            ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
            first, second = (float(figure(np.sum(side, axis=0))) for side in (ours, theirs))
            spread = interval(figure(resampled(ours)) - figure(resampled(theirs)), "+.4f")
            yield f"| {name} | {first:.4f} | {second:.4f} | {first - second:+.4f} {spread} | {len(pairs)} |"
    early = [row.ours_as_captured.fields["date"] for row in rows if row.ours_as_captured and "date" in row.case.gold]
    if early:
        yield f"| date, captures as dated | {np.mean(early):.4f} | | | {len(early)} |"


def speed(rows: list[Row]) -> Iterator[str]:
    """Yield the CPU time of both with all pages, and without those that took either over half a second."""
    brief = [row.ms for row in rows if max(row.ms) <= SLOW_MS]
    for name, times in (("all pages", [row.ms for row in rows]), ("no page over half a second", brief)):
        if times:
            ours, theirs = np.mean(times, axis=0)
            spread = interval(1 / ratio(resampled(times)), ".2f")
            yield f"| CPU ms, {name} | {ours:.1f} | {theirs:.1f} | x {theirs / ours:.2f} {spread} | {len(times)} |"


def ceiling(rows: list[Row]) -> str:
    """Return the text F1 (of segments where there is no text) of the best of four readings for each page."""
    best = [
        max(row.ours, row.theirs, *(compare(row.case.gold, read) for read in _others(row.case)), key=page_f1)
        for row in rows
    ]
    columns, figure = MEASURES["text F1" if best[0].shingles else "segments F1"]
    total = np.sum([found for hits in best if (found := columns(hits))], axis=0)
    return f"oracle of newsmill, trafilatura, its fast mode and articleBody: {float(figure(total)):.4f}"


def _others(case: Case) -> tuple[Reading, Reading]:
    return plain_trafilatura(case.capture, fast=True), stated_body(case.capture)


def report(name: str, rows: list[Row], oracle: bool) -> Iterator[str]:
    """Yield the tables of one set."""
    head = "newsmill | trafilatura | difference [95 %] | pages |\n|---|---|---|---|---|"
    yield f"\n## {name}\n| | {head}"
    yield from quality(rows)
    yield from speed(rows)
    if any(row.case.lifted for row in rows):
        yield f"Dates are after the captures' own: both were read as captured on {LATE:%Y-%m-%d}, ours again as dated."
    german = [row for row in rows if row.case.is_german]
    if german and len(german) < len(rows):
        yield f"\n### {name}, German-speaking\n| | {head}"
        yield from quality(german)
    if oracle:
        yield f"\n{ceiling(rows)}"
    pairs = sorted((page_f1(row.ours) - page_f1(row.theirs), page_f1(row.ours), row.case.id) for row in rows)
    yield "\nworse than trafilatura (F1 of text, or of segments; the ten worst):"
    yield from (f"{ours - less:.3f} -> {ours:.3f} {name}" for less, ours, name in pairs[:10] if less < 0)


def record(name: str, row: Row) -> str:
    """Return one page as a line of JSON."""
    sides = {
        side: {"text": round(page_f1(hits), 4), "segments": hits.segments, **hits.fields, "ms": round(ms, 2)}
        for side, hits, ms in zip(("newsmill", "trafilatura"), (row.ours, row.theirs), row.ms, strict=True)
    }
    return json.dumps({"set": name, "id": row.case.id} | sides, ensure_ascii=False) + "\n"


def warm_up() -> None:
    """Load what both load once in a process, so that no page pays for it."""
    for text in ("17. kolovoza 2017.", "the 17 of foo 2017"):
        PLAIN["get_external_parser"]().get_date_data(text)
    run([Case(page.name, page.gold, page.capture) for page in read_pages()])


def main() -> None:
    """Print the comparison for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, help="folder of NAME.gold.jsonl and NAME.warc.gz")
    parser.add_argument("--pages", nargs="+", default=[], metavar="SET", help=f"only these sets ({SYNTHETIC} is one)")
    parser.add_argument("--per", type=Path, help="write a line of JSON for each page here")
    parser.add_argument("--oracle", action="store_true", help="also the best of four readings for each page")
    chosen = parser.parse_args()
    lines: list[str] = []
    warm_up()
    for name, cases in gold_sets(chosen.gold, chosen.pages):
        rows = run(cases)
        print(*report(name, rows, chosen.oracle), sep="\n", flush=True)
        lines += [record(name, row) for row in rows]
    if chosen.per:
        chosen.per.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
