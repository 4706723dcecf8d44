"""The examples of README.md and docs/queries.md are what the commands print.

`python -m tests.test_readme` writes their output anew.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline import run
from pipeline.cli import app
from pipeline.settings import Settings
from tests.conftest import DAYS, SEEDS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = (README, ROOT / "docs" / "queries.md")
EXAMPLE = re.compile(r"```\n\$ (?:\.venv/bin/)?newsmill (.*?(?:[\"']|\.sql))\n(.*?)```", re.DOTALL)


def printed(arguments: str, home: Path) -> str:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *shlex.split(arguments)]
    environment = os.environ | {"NEWSMILL_HOME": str(home), "COLUMNS": "110"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=True)
    return "".join(f"{line.rstrip()}\n" for line in ran.stdout.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_are_what_the_commands_print(sample: Settings, page: Path) -> None:
    examples = EXAMPLE.findall(page.read_text("utf-8"))
    assert len(examples) >= 4
    for arguments, output in examples:
        assert output == printed(arguments, sample.home)


def test_the_chart_of_the_readme_is_drawn(sample: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "var").symlink_to(sample.home)
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    assert "Verkehrsministerium" in (tmp_path / "ministries.svg").read_text("utf-8")


def test_every_command_is_described() -> None:
    text = README.read_text("utf-8")
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        assert f"`newsmill {name}" in text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        made = Settings(home=Path(directory), sources=SEEDS)
        for day in DAYS:
            run.night(made, run.plan_night(made, day), lambda step, done, total: None)
        for page in PAGES:
            written = page.read_text("utf-8")
            for arguments, output in EXAMPLE.findall(written):
                written = written.replace(
                    f"{arguments}\n{output}```", f"{arguments}\n{printed(arguments, made.home)}```"
                )
            page.write_text(written, "utf-8")
