"""The extraction over the synthetic pages: no measure may fall below its floor, and a floor falls only with its reason."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.floors import below, read_floors
from tests.pages.build import Page, read_pages
from tests.pages.floors import MEASURES, PATH, measured, read_all
from tests.pages.measures import FIELDS, Reading, compare, page_f1, shingles

ROOT = Path(__file__).parent.parent
FLOOR_FILES = ("tests/pages/floors.json", "tests/fields/floors.json", "tests/gold.json")
# What a floor may lag behind: less than one page counts for in a share.
SLACK = 0.01


@pytest.fixture(scope="module")
def pages() -> list[tuple[Page, Reading]]:
    return read_all()


def failing(pages: list[tuple[Page, Reading]]) -> str:
    """Return a line for each page that is not read as its gold says, the worst text first."""
    found = sorted(((page, compare(page.gold, read)) for page, read in pages), key=lambda one: page_f1(one[1]))
    return "\n".join(
        f"{page.name:22} text {page_f1(hits):.3f} segments (kept, taken, lost) {hits.segments} wrong: "
        + ", ".join(name for name, right in hits.fields.items() if not right)
        for page, hits in found
        if page_f1(hits) < 0.99 or not all(hits.fields.values())
    )


def test_no_measure_falls_below_its_floor(pages: list[tuple[Page, Reading]]) -> None:
    found, floors = measured(pages), read_floors(PATH)
    fallen = below(found, floors)
    assert not fallen, f"{fallen}\nmeasured {found}\nfloors {floors}\n{failing(pages)}"


def test_no_floor_lags_behind_what_is_reached(pages: list[tuple[Page, Reading]]) -> None:
    lowered = {group: {name: value - SLACK for name, value in some.items()} for group, some in measured(pages).items()}
    assert below(read_floors(PATH), lowered) == [], "raise them: python -m tests.pages.floors"


def broken(read: Reading) -> dict[str, Reading]:
    """Return what would be read if one thing went wrong, by the measure that must notice it."""
    paragraphs = read.text.split("\n\n")
    return {
        "text": read._replace(text="\n\n".join(paragraphs[: len(paragraphs) // 2])),
        "segments": read._replace(text="\n\n".join(paragraphs[: len(paragraphs) // 2])),
        "title": read._replace(title=f"{read.title} - The Daily"),
        "authors": read._replace(authors=(*read.authors, "The Daily")),
        "date": read._replace(day=None),
        "language": read._replace(language="la"),
        "genre": read._replace(genre="opinion"),
        "section": read._replace(section="Home"),
        "paywall": read._replace(paywall=None),
        "embeds": read._replace(embeds=(*read.embeds, "youtube")),
    }


@pytest.mark.parametrize("measure", MEASURES)
def test_a_broken_extraction_is_noticed(measure: str, pages: list[tuple[Page, Reading]]) -> None:
    fallen = below(measured([(page, broken(read)[measure]) for page, read in pages]), read_floors(PATH))
    assert {f"all.{measure}", f"de.{measure}"} <= set(fallen)
    assert {name.split(".")[1] for name in fallen} <= {measure, "text", "segments"}


def history(path: str) -> list[tuple[str, dict[str, float], dict[str, float]]]:
    """Return for each commit that touched a file its message, and the file's numbers before and after it."""
    log = _git("log", "--full-history", "--format=%H %P", "--", path)
    return [
        (
            _git("show", "-s", "--format=%B", commit),
            least([_numbers(one, path) for one in parents]),
            _numbers(commit, path),
        )
        for commit, *parents in map(str.split, log.splitlines())
    ]


def least(before: list[dict[str, float]]) -> dict[str, float]:
    """Return the numbers that all parents of a commit have, each at its lowest: a merge may take any side."""
    return {name: min(one[name] for one in before) for name in set.intersection(*map(set, before))} if before else {}


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def _numbers(commit: str, path: str) -> dict[str, float]:
    return flat(json.loads(_git("show", f"{commit}:{path}") or "{}"))


def flat(value: Any, name: str = "") -> dict[str, float]:
    """Return the numbers of a tree by their dotted names."""
    if isinstance(value, dict):
        return {key: number for part, inner in value.items() for key, number in flat(inner, f"{name}.{part}").items()}
    return {name.removeprefix("."): value} if isinstance(value, int | float) else {}


def unexplained(message: str, before: dict[str, float], after: dict[str, float]) -> list[str]:
    """Return the floors that a commit lowers or drops without a line `Floor <name>: <reason>` in its message."""
    fallen = sorted(name for name, floor in before.items() if after.get(name, -1.0) < floor)
    return [name for name in fallen if not any(_explains(line, name) for line in message.splitlines())]


def _explains(line: str, name: str) -> bool:
    return line.startswith(f"Floor {name}:") and len(line) > len(f"Floor {name}: ")


@pytest.mark.parametrize("path", FLOOR_FILES)
def test_no_commit_lowers_a_floor_without_its_reason(path: str) -> None:
    if not shutil.which("git") or not _git("rev-parse", "HEAD"):
        pytest.skip("not a checkout")
    assert {message: names for message, *floors in history(path) if (names := unexplained(message, *floors))} == {}


def test_a_lowered_floor_is_noticed_and_its_reason_accepted() -> None:
    before, after = least([flat({"all": {"text": 0.9, "date": 1}})]), flat({"all": {"text": 0.8}})
    assert unexplained("Read bodies faster", before, after) == ["all.date", "all.text"]
    assert unexplained("Floor all.text:\nFloor all.date: three pages were wrong", before, after) == ["all.text"]
    assert unexplained("A page more\n\nFloor all.text: it is a hard one", before, before | after) == []
    assert unexplained("Merge", least([before, after]), after) == []


def test_every_page_is_one_of_its_own() -> None:
    found = read_pages()
    assert len({page.url for page in found}) == len({page.gold["title"] for page in found}) == len(found) >= 40
    assert sum(page.gold["language"] == "de" for page in found) >= 12
    assert len({page.gold["language"] for page in found}) >= 14
    for page in found:
        assert set(FIELDS) - set(page.gold) <= {"paywall"}, page.name
        assert all(page.gold["with"] + page.gold["without"]), page.name
        assert page.gold["with"], page.name
        assert not {"{{", "\n+ ", "\n- "} & {page.markup[at : at + 3] for at in range(len(page.markup))}


def test_the_gold_read_as_it_stands_is_perfect_and_nothing_read_is_nothing_right() -> None:
    def ideal(page: Page) -> Reading:
        gold = page.gold
        return Reading(
            gold["text"], gold["title"], tuple(gold["authors"]), gold["date"], gold["language"], gold["genre"],
            gold["section"], gold.get("paywall"), tuple(gold["embeds"])
        )  # fmt: skip

    every = read_pages()
    assert set(measured([(page, ideal(page)) for page in every])["all"].values()) == {1.0}
    nothing = measured([(page, Reading()) for page in every])["all"]
    assert {nothing[name] for name in ("text", "segments", "title", "date", "language")} == {0.0}


@pytest.mark.parametrize(
    ("gold", "read", "right"),
    [
        ({"title": "Der „Deich“ hält – vorerst"}, Reading(title='Der "Deich" hält - vorerst'), True),
        ({"title": "Der Deich hält"}, Reading(title="Der Deich hält | Uferblatt"), False),
        ({"authors": ["Ute Kranz"]}, Reading(authors=("Von Ute Kranz",)), True),
        ({"authors": []}, Reading(authors=("dpa",)), False),
        ({"date": "2024-03-05"}, Reading(day="2024-03-04"), False),
        ({"genre": ""}, Reading(genre=None), True),
        ({"embeds": ["twitter", "youtube"]}, Reading(embeds=("youtube", "twitter")), False),
    ],
)
def test_fields_are_compared_as_a_reader_would(gold: dict[str, Any], read: Reading, right: bool) -> None:
    assert list(compare(gold, read).fields.values()) == [right]


def test_text_is_compared_in_runs_of_four_words_or_characters() -> None:
    assert shingles("a b c d e").total() == 2
    assert shingles("港の防波堤", "ja").total() == 2
    assert compare({"text": "a b c d e"}, Reading("a b c d x")).shingles == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_the_text_is_no_worse_than_plain_trafilaturas(tmp_path: Path) -> None:
    per = tmp_path / "pages.jsonl"
    command = [sys.executable, str(ROOT / "benchmarks" / "pages.py"), "--per", str(per)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)})
    rows = [json.loads(line) for line in per.read_text("utf-8").splitlines()]
    ours, theirs = (mean_f1(rows, name) for name in ("newsmill", "trafilatura"))
    assert len(rows) == len(read_pages())
    assert ours >= theirs


def mean_f1(rows: list[dict[str, Any]], name: str) -> float:
    return mean(float(row[name]["text"]) for row in rows)
