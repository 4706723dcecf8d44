"""How far work is, as terminals and programs are told."""

import json
import os
import pty
import subprocess
from pathlib import Path

from pipeline.console import Lines
from pipeline.progress import counted, during
from pipeline.settings import Settings
from tests.test_cli import NEWSMILL, newsmill

Told = tuple[str, int, int]


def test_steps_are_told_before_each_item_and_after_the_last() -> None:
    told: list[Told] = []
    assert list(counted(lambda *values: told.append(values), "bake", ["bread", "cake"])) == ["bread", "cake"]
    assert told == [("bake", 0, 2), ("bake", 1, 2), ("bake", 2, 2)]


def test_of_nothing_to_do_nothing_is_told() -> None:
    told: list[Told] = []
    assert list(counted(lambda *values: told.append(values), "bake", [])) == []
    assert told == []


def test_a_step_that_nobody_can_measure_begins_and_ends() -> None:
    told: list[Told] = []
    with during(lambda *values: told.append(values), "rest"):
        assert told == [("rest", 0, 0)]
    assert told[-1] == ("rest", 1, 1)


def test_lines_have_rate_and_time_left_and_come_seconds_apart() -> None:
    now, written = 0.0, []
    lines = Lines(lambda line: written.append(json.loads(line)), lambda: now)
    for done in range(101):
        now = done / 4
        lines("bake", done, 100)
    assert [(line["done"], line["of"], line["per_second"], line["seconds_left"]) for line in written] == [
        (0, 100, None, None),
        (20, 100, 4.0, 20.0),
        (40, 100, 4.0, 15.0),
        (60, 100, 4.0, 10.0),
        (80, 100, 4.0, 5.0),
        (100, 100, 4.0, 0.0),
    ]


def test_a_program_gets_json_lines_on_standard_error_and_the_same_results(sample: Settings) -> None:
    plain, told = (newsmill(*how, "search", "Deich", home=sample.home) for how in ((), ("--log", "json")))
    assert plain.stdout == told.stdout
    assert plain.stderr == ""  # no terminal, no bars
    events = [json.loads(line) for line in told.stderr.splitlines()]
    assert events[-1]["event"] == "progress"
    assert events[-1]["done"] == events[-1]["of"]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


def test_an_error_is_a_json_line_too_and_quiet_keeps_errors(sample: Settings, tmp_path: Path) -> None:
    failed = newsmill("--log", "json", "verify", home=tmp_path / "nothing")
    (event,) = map(json.loads, failed.stderr.splitlines())
    assert (failed.returncode, event["event"], event["error"]) == (2, "error", "ConfigurationError")
    assert "nothing was loaded there" in event["message"]
    failed = newsmill("--log", "quiet", "export", tmp_path, home=sample.home)
    assert failed.returncode == 2
    assert failed.stderr.startswith("ConfigurationError: ") and failed.stderr.count("\n") == 1


def test_a_terminal_sees_bars_and_a_pipe_only_results(sample: Settings) -> None:
    environment = os.environ | {"NEWSMILL_HOME": str(sample.home), "TERM": "xterm", "COLUMNS": "120"}
    ours, theirs = pty.openpty()
    with subprocess.Popen([*NEWSMILL, "verify"], stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
        assert process.stdout
        assert process.stdout.read() == b"verified: nothing disagrees\n"
    os.close(ours)
    assert b"raw" in shown and b"/s" in shown
    assert b"verified" not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""
