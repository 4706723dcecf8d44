"""Quality of quotes, claims and mentions by a reader's gold, and what mining costs beside extraction.

`python -m benchmarks.fields` scores the cases of tests/fields; with `--gold DIR` also each file of JSON lines below DIR
that has quotes, and the pages of each NAME.gold.jsonl with its NAME.warc.gz are extracted and mined for the cost.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.pages import SOURCE, gold_sets
from pipeline.model import Article, Capture
from pipeline.page import html_article
from tests.fields.gold import LANGUAGES, Case, read_cases, read_lines
from tests.fields.measures import Measured, by_language, compare, mine, mined
from tests.pages.build import read_pages

MOST = 0.35
"""What mining may add to the time of extraction."""


def quote_sets(folder: Path | None) -> Iterator[tuple[str, list[Case]]]:
    """Yield the cases of this project, then each set of fields below a folder, in the order of their paths."""
    yield "tests/fields", [case for language in LANGUAGES for case in read_cases(language)]
    for path in sorted(folder.rglob("*.jsonl")) if folder else ():
        if not path.name.endswith(".gold.jsonl") and (cases := read_lines(path)):
            yield str(path.relative_to(folder or path)), cases


def table(groups: Iterable[tuple[str, Measured]]) -> Iterator[str]:
    """Yield a line a measure: F1, precision, recall and number over all articles, F1 and number in each language."""
    (_, whole), *languages = groups
    yield f"| | F1 | precision | recall | n | {' | '.join(name for name, _ in languages)} |"
    yield f"|---|---|---|---|---|{'---|' * len(languages)}"
    for name, count in whole.items():
        cells = [f"{count.f1:.3f}", f"{count.precision:.3f}", f"{count.recall:.3f}", str(count.wanted)]
        cells += [f"{one.f1:.3f} ({one.wanted})" if (one := measured.get(name)) else "" for _, measured in languages]
        yield f"| {name} | {' | '.join(cells)} |"


def seconds(capture: Capture) -> tuple[float, float] | None:
    """Return the CPU seconds that a page takes to extract, and its text to mine; None where it has no article."""
    began = time.process_time()
    article = html_article(capture, SOURCE)
    extracted = time.process_time()
    if not isinstance(article, Article):
        return None
    masked = [(post.char_start, post.char_end) for post in article.embeds if post.char_start < post.char_end]
    mine(article.article_body, article.in_language, masked)
    return extracted - began, time.process_time() - extracted


def costs(folder: Path) -> Iterator[str]:
    """Yield a line a set of pages: milliseconds a page of extraction and of mining, and the one by the other."""
    yield "| pages | n | extract, ms | mine, ms | mine / extract |\n|---|---|---|---|---|"
    every: list[tuple[float, float]] = []
    for name, cases in gold_sets(folder, []):
        found = [times for case in cases if (times := seconds(case.lifted or case.capture))]
        every += found if folder and name != "synthetic" else []
        yield _cost(name, found)
    if every:
        yield _cost("all but synthetic", every)


def _cost(name: str, times: list[tuple[float, float]]) -> str:
    extract, mining = (sum(side) / len(times) * 1000 for side in zip(*times, strict=True))
    verdict = "" if mining / extract < MOST else f", more than {MOST:.0%}"
    return f"| {name} | {len(times)} | {extract:.2f} | {mining:.2f} | {mining / extract:.1%}{verdict} |"


def warm_up() -> None:
    """Load what is loaded once in a process, in every language with a lexicon."""
    for language in LANGUAGES:
        mine(read_cases(language)[0].text, language)
    for page in read_pages():
        html_article(page.capture, SOURCE)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, help="folder of gold files of JSON lines, and of pages")
    chosen = parser.parse_args()
    for name, cases in quote_sets(chosen.gold):
        rows = [(case, mined(case)) for case in cases]
        off = sum("".join(found.text.split()) != "".join(case.text.split()) for case, found in rows)
        print(f"\n## {name}: {len(cases)} articles, {off} with other text")
        print(*table(by_language([(case, compare(case, found)) for case, found in rows])), sep="\n", flush=True)
    if chosen.gold:
        warm_up()
        print("\n## cost", *costs(chosen.gold), sep="\n", flush=True)


if __name__ == "__main__":
    main()
