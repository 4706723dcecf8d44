"""What hostile pages and texts cost and give, each in a process of its own.

`python benchmarks/hostile.py [words of names]` reads the pages, `--texts [words of names]` mines 5 MB of each text.
"""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.memory import peak_mib
from tests.hostile import INPUTS, PARAGRAPHS
from tests.hostile_texts import TEXTS

MOST_CPU, MOST_MIB = 12, 1024
SMALL, LARGE = 500_000, 5_000_000


class Row(NamedTuple):
    """What one input gave: a reason or the flags of an article, which of its six paragraphs it lost, and the cost."""

    megabytes: float
    cpu: float
    mib: int
    reason: str | None
    characters: int
    flags: list[str]
    lost: list[int]


def extract(name: str) -> Row:
    """Return what one input gives in this process."""
    from pipeline.model import Capture, Refusal, Source
    from pipeline.page import html_article

    payload = INPUTS[name].make()
    at, url = datetime(2026, 3, 1, tzinfo=UTC), "https://www.fjord.example/ferries.html"
    capture = Capture(name, url, url, at, 200, "text/html", None, None, None, payload, "sha256:0", "f", "<urn:r>", 0, 0)
    before = _cpu()
    found = html_article(capture, Source(id="fjord", kind="html", path="pages"))
    cost = round(len(payload) / 1e6, 2), round(_cpu() - before, 2), peak_mib()
    if isinstance(found, Refusal):
        return Row(*cost, found.reason, 0, [], [])
    lost = [number for number, text in enumerate(PARAGRAPHS, 1) if text not in found.article_body]
    return Row(*cost, None, len(found.article_body), list(found.flags), lost)


def apart(name: str) -> Row:
    """Return what one input gives in a process of its own, which may take 60 CPU seconds."""
    command = ["prlimit", "--cpu=60", sys.executable, "-m", "benchmarks.hostile", "--one", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return Row(0, 60, 0, f"died with {done.returncode}", 0, [], [])
    return Row(*json.loads(done.stdout))


class Cost(NamedTuple):
    """Milliseconds that a million characters of a text take to mine, of half a million and of five, and the memory."""

    small: float
    large: float
    mib: int


def mined(name: str) -> Cost:
    """Return what it costs to mine one text in this process."""
    from tests.fields.measures import mine

    text = TEXTS[name]
    mine(text.make(1000), text.language)
    costs = []
    for size in (SMALL, LARGE):
        body, before = text.make(size), _cpu()
        mine(body, text.language)
        costs.append(round((_cpu() - before) * 1e9 / size))
    return Cost(costs[0], costs[1], peak_mib())


def mined_apart(name: str) -> Cost | None:
    """Return what one text costs in a process of its own, None where 300 CPU seconds are not enough."""
    command = ["prlimit", "--cpu=300", sys.executable, "-m", "benchmarks.hostile", "--one-text", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode else Cost(*json.loads(done.stdout))


def _cpu() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def _print_texts(words: list[str]) -> None:
    print("| text | ms a MB, of 0.5 MB | of 5 MB | times | peak MiB |\n|---|---|---|---|---|")
    for name in TEXTS:
        if all(word in name for word in words):
            cost = mined_apart(name)
            told = (*cost[:2], round(cost.large / cost.small, 1), cost.mib) if cost else ("", "died", "", "")
            print(f"| {name}", *told, sep=" | ", end=" |\n", flush=True)


def _print_pages(words: list[str]) -> None:
    print("| input | MB | CPU s | peak MiB | outcome | flags | paragraphs lost |\n|---|---|---|---|---|---|---|")
    for name in INPUTS:
        if all(word in name for word in words):
            row = apart(name)
            given = row.reason or f"article of {row.characters}"
            lost = " ".join(map(str, row.lost))
            print(f"| {name}", *row[:3], given, " ".join(row.flags), f"{lost} |", sep=" | ", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--one", name]:
            print(json.dumps(extract(name)))
        case ["--one-text", name]:
            print(json.dumps(mined(name)))
        case ["--texts", *words]:
            _print_texts(words)
        case words:
            _print_pages(words)
