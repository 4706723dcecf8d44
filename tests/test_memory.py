"""Memory is bounded by row groups and chunks, not by the month or the corpus. Each case runs in a process of its own."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PUBLISH = """
    import random, resource, string
    from pipeline import lake
    from pipeline.settings import Settings
    from tests import rows

    def prepare(settings, batch, count):
        preparation = lake.Preparation(settings, batch)
        for start in range(0, count, 5000):
            rng = random.Random(f"{batch}{start}")
            made = []
            for number in range(start, start + min(5000, count - start)):
                text = "".join(rng.choices(string.ascii_lowercase + " ", k=2500))
                made.append(rows.article(batch, str(number), f"http://a.example/{batch}/{number}", text) | {"content_sha256": "0" * 64})
            preparation.add({"articles": rows.table("articles", made)}, {"articles": ["2026-01"] * len(made)})
        preparation.finish(True)

    settings = Settings(home=Path(sys.argv[1]))
    for batch, count in (("s-2026-01-01", 200_000), ("s-2026-01-02", 2_000)):
        prepare(settings, batch, count)
        lake.publish_month(settings, [batch], "2026-01")
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""
LOAD = """
    import resource
    from datetime import date
    from pipeline import run
    from pipeline.settings import Settings

    home, corpus = Path(sys.argv[1]), Path(sys.argv[2])
    settings = Settings(home=home, chunk_documents=64, check_bytes=16 * 2**20)
    run.night(settings, run.plan_corpus(settings, corpus, date(2026, 3, 1), "jsonl", "big"), lambda *_: None)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""


def peak_mib(script: str, *arguments: Path) -> int:
    """Return the peak resident memory of a script in MiB, as it prints it."""
    code = "import json, sys\nfrom pathlib import Path\n" + textwrap.dedent(script)
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert ran.returncode == 0, ran.stderr
    return int(json.loads(ran.stdout.splitlines()[-1]))


def test_publishing_into_a_month_of_200_000_articles_stays_under_500_mib(tmp_path: Path) -> None:
    assert peak_mib(PUBLISH, tmp_path / "home") < 500


def test_loading_five_times_as_much_takes_no_more_memory(tmp_path: Path) -> None:
    line = json.dumps(
        {"text": "Die Brücke wurde am Montag gesperrt, sagte Bürgermeisterin Ute Kranz. " * 300, "id": "{}"}
    )
    peaks = []
    for count in (600, 3000):
        corpus = tmp_path / f"{count}.jsonl"
        corpus.write_text("".join(line.replace('"{}"', f'"{number}"') + "\n" for number in range(count)), "utf-8")
        peaks.append(peak_mib(LOAD, tmp_path / f"home{count}", corpus))
    assert peaks[1] < peaks[0] * 1.15
