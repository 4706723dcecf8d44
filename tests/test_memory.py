"""The memory of publishing is bounded by row groups, not by the month. It is measured in a process of its own."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# Not ru_maxrss: it starts with the peak of the process that this one was forked from.
PEAK = """
    import sys
    from pathlib import Path

    def peak():
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024
"""
PUBLISH = """
    import random, string
    from pipeline import lake, preparation
    from pipeline.settings import Settings
    from tests import rows

    def prepare(settings, batch, count):
        prepared = preparation.Preparation(settings, batch)
        for start in range(0, count, 5000):
            rng = random.Random(f"{batch}{start}")
            made = []
            for number in range(start, start + min(5000, count - start)):
                text = "".join(rng.choices(string.ascii_lowercase + " ", k=2500))
                made.append(rows.article(batch, str(number), f"http://a.example/{batch}/{number}", text) | {"content_sha256": "0" * 64})
            prepared.add({"articles": rows.table("articles", made)}, {"articles": ["2026-01"] * len(made)})
        prepared.finish(True)

    settings = Settings(home=Path(sys.argv[1]))
    for batch, count in (("s-2026-01-01", 200_000), ("s-2026-01-02", 2_000)):
        prepare(settings, batch, count)
        lake.publish_month(settings, [batch], "2026-01")
    print(peak())
"""


def peak_mib(script: str, *arguments: Path) -> int:
    """Return the peak resident memory of a script in MiB, as it prints it."""
    code = textwrap.dedent(PEAK) + textwrap.dedent(script)
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout.splitlines()[-1])


def test_publishing_into_a_month_of_200_000_articles_stays_under_500_mib(tmp_path: Path) -> None:
    assert peak_mib(PUBLISH, tmp_path / "home") < 500
