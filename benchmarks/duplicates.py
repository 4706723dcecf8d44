"""How many copies are found, and how much that is none: edited news, and texts made from one form.

    python -m benchmarks.duplicates --gold DIR            the texts of DIR/pages/*.warc.gz, edited in many ways
    python -m benchmarks.duplicates                       only the texts made from benchmarks/templates.toml

All are written into a lake of their own and go the whole way of the product. A copy counts as found if it is in the
cluster of its original. Of the forms, whatever is in a cluster with another text of its form is one too many.
"""

import argparse
import random
import re
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import archive, contracts, duplicates, identity, lake, store
from pipeline.model import Article, Source
from pipeline.page import html_article
from pipeline.settings import Settings
from pipeline.text.normalise import content_sha256
from tests import rows

LEAST_WORDS = 60
PAIRS = 25  # of each template: 675 of 27
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"(-?\d+)-(\d+)(/10)?")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
Edit = Callable[[list[str], random.Random], list[str]]


class Text(NamedTuple):
    """A text and what it belongs to: the number of the original that it was made from, or a template."""

    of: str
    text: str
    day: int
    host: str = "paper.example"
    headline: str | None = None


def news(gold: Path) -> list[list[str]]:
    """Return the words of the pages' articles, in the order of the files."""
    source, found = Source(id="pages", kind="html", path="pages"), []
    for path in sorted((gold / "pages").glob("*.warc.gz")):
        for capture in archive.read(path, path.name, path.parent):
            article = html_article(capture, source)
            if isinstance(article, Article) and len(article.article_body.split()) >= LEAST_WORDS:
                found.append(article.article_body.split(" "))
    return found


def scattered(share: float, vocabulary: list[str]) -> Edit:
    """Return an edit that puts other words in place of some, here and there."""

    def edit(words: list[str], rng: random.Random) -> list[str]:
        chosen = set(rng.sample(range(len(words)), round(share * len(words))))
        return [rng.choice(vocabulary) if place in chosen else word for place, word in enumerate(words)]

    return edit


def blocks(share: float, vocabulary: list[str], ways: tuple[str, ...] = ("cut", "replace"), count: int = 4) -> Edit:
    """Return an edit that cuts, replaces or adds some words in a row, in so many places."""

    def edit(words: list[str], rng: random.Random) -> list[str]:
        words, size = list(words), max(1, round(share * len(words) / count))
        for _ in range(count):
            place, way = rng.randrange(max(1, len(words) - size)), rng.choice(ways)
            start = rng.randrange(len(vocabulary) - size)
            words[place : place + (0 if way == "add" else size)] = [] if way == "cut" else vocabulary[start:][:size]
        return words

    return edit


def edits(vocabulary: list[str]) -> dict[str, Edit]:
    """Return all edits by name."""
    found = {f"blocks {percent} %": blocks(percent / 100, vocabulary) for percent in (10, 20, 30, 40)}
    found |= {f"40 % in {count} blocks": blocks(0.4, vocabulary, count=count) for count in (1, 8)}
    found |= {f"40 %, only {way}": blocks(0.4, vocabulary, (way,)) for way in ("cut", "replace", "add")}
    return found | {f"words {percent} %": scattered(percent / 100, vocabulary) for percent in (5, 10, 20)}


def updated(words: list[str], rng: random.Random) -> list[str]:
    """Return a text with other figures in place of half of its numbers."""
    numbers = [place for place, word in enumerate(words) if NUMBER.fullmatch(word)]
    chosen = set(rng.sample(numbers, len(numbers) // 2))
    return [str(rng.randint(2, 999)) if place in chosen else word for place, word in enumerate(words)]


def fill(text: str, lists: dict[str, list[str]], rng: random.Random) -> str:
    """Return a template with something in each place."""
    same: dict[str, str] = {}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if "|" in name:
            return rng.choice(name.split("|"))
        if numbers := RANGE.fullmatch(name):
            number = rng.randint(int(numbers[1]), int(numbers[2]))
            return f"{number / 10:.1f}" if numbers[3] else str(number)
        made = rng.choice(lists[name.rstrip("0123456789")])
        return same.setdefault(name, made) if name[-1].isdigit() else made

    while PLACEHOLDER.search(text):
        text = PLACEHOLDER.sub(value, text)
    return text.strip()


def forms(held_out: bool) -> Iterator[Text]:
    """Yield texts of each template of one part."""
    read = tomllib.loads((Path(__file__).parent / "templates.toml").read_text("utf-8"))
    for number, template in enumerate(read["templates"]):
        rng = random.Random(number)
        if (number % 3 == 2) == held_out:
            for day in range(2 * PAIRS):
                name = f"{template['kind']} {template['language']}"
                yield Text(name, fill(template["text"], read["lists"], rng), day)


def releases(originals: list[list[str]]) -> Iterator[Text]:
    """Yield the beginnings of news, each above one publisher's portrait of itself."""
    portrait = tomllib.loads((Path(__file__).parent / "templates.toml").read_text("utf-8"))["portrait"]
    for number, words in enumerate(originals):
        if len(words) >= 100:
            yield Text("release", f"{' '.join(words[:100])}\n\n{portrait}", number, headline=" ".join(words[:6]))


def clusters(texts: list[Text], home: Path) -> list[str | None]:
    """Return the cluster of each text, None where it has no copy."""
    settings, contract = Settings(home=home), contracts.contract("articles")
    made = []
    for number, text in enumerate(texts):
        url = f"http://{text.host}/{number}"
        row = rows.article("paper-2026-03-31", str(number), url, text.text)
        digest = content_sha256(text.headline, None, text.text)
        made.append(
            row
            | {
                "version_id": identity.version_id(row["article_id"], digest),
                "content_sha256": digest,
                "url": url,
                "headline": text.headline,
                "published_on": date.fromordinal(date(2026, 3, 1).toordinal() + text.day % 31),
                "valid_from": datetime(2026, 4, 1, tzinfo=UTC),
                "extractor": "benchmark",
            }
        )
    table = rows.table("articles", made).sort_by([(name, "ascending") for name in contract.sort_key])
    store.write_tables(lake.path_of(settings, "articles", "2026-03"), contract.schema, [table])
    duplicates.refresh(settings)
    path = lake.path_of(settings, "duplicates", "2026-03")
    stored: list[dict[str, Any]] = store.read_table(path).to_pylist() if path.exists() else []
    found = {row["version_id"]: row["cluster_id"] for row in stored}
    return [found.get(row["version_id"]) for row in made]


def recall(name: str, edit: Edit, originals: list[list[str]], changed: Text | None = None) -> None:
    """Print how many edited texts are in one cluster with their originals; `changed` has their publisher, headline."""
    rng, later = random.Random(name), changed or Text("", "", 1)
    first = [
        Text(str(number), " ".join(words), 0, headline=" ".join(words[:6])) for number, words in enumerate(originals)
    ]
    again = [" ".join(edit(words, rng)) for words in originals]
    texts = first + [later._replace(of=one.of, text=text) for one, text in zip(first, again, strict=True)]
    start = time.process_time()
    with tempfile.TemporaryDirectory() as home:
        found = clusters(texts, Path(home))
    before, after = found[: len(originals)], found[len(originals) :]
    right = sum(one is not None and one == other for one, other in zip(before, after, strict=True))
    seconds = time.process_time() - start
    print(f"{name:26} {right / len(originals):.3f} of {len(originals)} found, {seconds:.1f} s")


def precision(name: str, texts: list[Text]) -> None:
    """Print how many texts, each of which tells something else, are in a cluster with others."""
    with tempfile.TemporaryDirectory() as home:
        found = clusters(texts, Path(home))
    wrong: dict[str, int] = defaultdict(int)
    for text, cluster in zip(texts, found, strict=True):
        wrong[text.of] += cluster is not None
    pairs = sum(one is not None and one == other for one, other in zip(found[::2], found[1::2], strict=True))
    print(f"{name:30} {sum(wrong.values())} of {len(texts)} texts, {pairs} of {len(texts) // 2} pairs are in a cluster")
    print("  " + ", ".join(f"{form}: {count}" for form, count in wrong.items() if count))


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, help="a directory with pages/*.warc.gz")
    given = parser.parse_args()
    for name, held_out in (("forms", False), ("forms, held out", True)):
        texts = list(forms(held_out))
        precision(name, texts)
        elsewhere = [text._replace(host=f"paper{number}.example") for number, text in enumerate(texts)]
        precision(f"{name}, each elsewhere", elsewhere)
    if given.gold:
        originals = news(given.gold)
        vocabulary = [word for words in originals for word in words]
        precision("releases", list(releases(originals)))
        every = edits(vocabulary)
        for name, edit in every.items():
            recall(name, edit, originals)
        for name in ("blocks 20 %", "blocks 30 %", "words 10 %"):
            recall(f"{name}, new headline", every[name], originals, Text("", "", 1, headline="Now told in full"))
        recall("figures, elsewhere", updated, originals, Text("", "", 1, "post.example"))


if __name__ == "__main__":
    main()
