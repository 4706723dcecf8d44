"""What hostile pages cost and give, each in a process of its own: `python benchmarks/hostile.py [words of names]`."""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from typing import NamedTuple

from tests.hostile import INPUTS, PARAGRAPHS

MOST_CPU, MOST_MIB = 12, 1024


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
    cost = round(len(payload) / 1e6, 2), round(_cpu() - before, 2), _usage().ru_maxrss // 1024
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


def _usage() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_SELF)


def _cpu() -> float:
    return _usage().ru_utime + _usage().ru_stime


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(extract(sys.argv[2])))
        sys.exit()
    print("| input | MB | CPU s | peak MiB | outcome | flags | paragraphs lost |\n|---|---|---|---|---|---|---|")
    for name in INPUTS:
        if all(word in name for word in sys.argv[1:]):
            row = apart(name)
            given = row.reason or f"article of {row.characters}"
            lost = " ".join(map(str, row.lost))
            print(f"| {name}", *row[:3], given, " ".join(row.flags), f"{lost} |", sep=" | ", flush=True)
