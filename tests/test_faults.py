"""A disk that is full or broken, and processes that die: one line that says so, no half file, and a rerun heals."""

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import commits, lines, store
from pipeline.errors import TransientError
from pipeline.settings import Settings
from tests import faults, kills
from tests.faults import Fault, Kind
from tests.kills import DAYS, Nights, Trial

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
ROWS = pa.table({"a": pa.array([f"{number:0100}" for number in range(100)], pa.large_string())})
WRITERS: dict[str, Callable[[Path], object]] = {
    "json": lambda path: store.write_json(path, {"a": "b" * 5000}),
    "rows": lambda path: store.write_rows(path, ROWS),
    "tables": lambda path: store.write_tables(path, ROWS.schema, [ROWS]),
    "batches": lambda path: store.write_batches(path, ROWS.schema, ROWS.to_batches()),
}
SAID = {"full": "No space left on device", "broken": "Input/output error", "short": "File too large"}


def raised(fault: Fault, write: Callable[[], object]) -> str:
    """Return what a call that meets the fault says."""
    with faults.installed(fault), pytest.raises(TransientError) as told:
        write()
    return str(told.value)


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("step", [0, 1, 2, 3], ids=["writing", "fsync", "replace", "fsync of the directory"])
def test_what_the_disk_refuses_names_the_path_and_leaves_no_half_file(
    writer: str, kind: Kind, step: int, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    said = raised(Fault(kind, step), lambda: WRITERS[writer](path))
    assert said.startswith(f"{path}: not written ({SAID[kind]}); ")
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
    assert (path.read_bytes() == b"before") == (step < 3)
    WRITERS[writer](path)
    assert path.read_bytes() != b"before"


@pytest.mark.parametrize("kind", SAID)
def test_a_directory_a_line_and_a_lock_that_cannot_be_made_are_named(kind: Kind, tmp_path: Path) -> None:
    for write in (store.make_directory, lambda path: lines.append(path / "intents", "2026-03")):
        path = tmp_path / "new"
        said = raised(Fault(kind, 0), lambda path=path, write=write: write(path))  # type: ignore[misc]
        assert said.startswith(f"{path}: not written ({SAID[kind]}); ")


def test_other_errors_of_paths_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        store.write_json(tmp_path / "file" / "in.json", 1)
    with pytest.raises(IsADirectoryError):
        store.write_json(tmp_path, 1)


def test_a_month_that_a_full_disk_cut_short_is_no_intent(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    commits.touched(settings, "wire-2026-03-01", ["2026-02"])
    intents = settings.commits / "intents" / "wire-2026-03-01"
    intents.write_text(intents.read_text("utf-8") + "\n2026-1", encoding="utf-8")
    assert commits.touched(settings, "wire-2026-03-01", ["2026-10"]) == ["2026-02", "2026-10"]
    assert commits.touched(settings, "wire-2026-03-01", []) == ["2026-02", "2026-10"]


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    kills.load()  # once for all children
    with kills.remembering():
        yield Trial(Nights(tmp_path, ("harbour_wire",)), random.Random(20260301))


def test_a_night_on_a_full_disk_ends_with_one_line_and_exit_code_1(trial: Trial) -> None:
    settings = trial.nights.settings("home")
    end = trial.nights.child(settings, DAYS[0], Fault("full", 60))
    assert end.code == 1
    assert end.words.splitlines()[-1].startswith(f"TransientError: {settings.home}/")
    assert "No space left on device" in end.words
    assert "Traceback" not in end.words
    assert trial.nights.child(settings, DAYS[0]).code == 0


def test_a_few_nights_that_die_or_meet_faults_end_as_clean_ones(trial: Trial) -> None:
    trial.prepare()
    trial.trials(2, 0, kills.killed_at_a_step)
    trial.trials(4, 0, kills.befallen)
    assert trial.wrong == []
    assert trial.counts["compared"] >= 2


def test_a_home_that_is_wrong_is_noticed(trial: Trial) -> None:
    trial.prepare()
    settings, number = trial.home(0)
    while number == 0:
        settings, number = trial.home(0)
    month = next((settings.lake / "articles").rglob("*.parquet"))
    rows = store.read_table(month)
    store.write_rows(month, pa.concat_tables([rows, rows]))
    (settings.raw / "harbour_wire-2026-03-01" / "plan.json").write_text("{", encoding="utf-8")
    trial.judge(settings, number, kills.End(1, "Traceback", 1), "a fault")
    assert len(trial.wrong) == 4, trial.wrong


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nights_that_die_or_meet_faults_end_as_clean_ones(tmp_path: Path) -> None:
    kills.load()
    nights = Nights(tmp_path, ("harbour_wire", "courier"))
    with kills.remembering(), contextlib.closing(nights):
        trial = Trial(nights, random.Random(7))
        trial.prepare()
        trial.trials(15, 0, kills.killed_at_a_step, again=0.8)
        trial.trials(12, 0, kills.killed_at_a_moment, again=0.8)
        trial.trials(3, 2, kills.killed_at_a_moment)
        trial.trials(20, 0, kills.befallen, again=0.8)
    assert trial.wrong == []
