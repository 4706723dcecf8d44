"""One Airflow for all DAG tests: a home below the temporary directory with a migrated SQLite, made once (8 s)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

DAYS = ("2026-03-01", "2026-03-02")
STORY = """\
 date 2026-03 Bei einem Brand im Hafen von {name} sind mindestens {count} Menschen verletzt worden.

„Das Feuer brach gegen Mitternacht aus“, sagte Feuerwehrchefin Runa Feldmark. „Die Ursache kennen wir noch nicht.“
"""


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from dags.__main__ import configure

    home = tmp_path_factory.mktemp("airflow")
    configure(home / "airflow.cfg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        from airflow.utils.db import initdb

        initdb()
        yield home


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three sources with two texts a day, as the environment's sources.toml; the home is empty."""
    lines = []
    for number, name in enumerate(("alpha", "beta", "gamma")):
        lines.append(f'[sources.{name}]\nkind = "text"\npath = "{name}/{{date}}"\nlanguage = "de"\n')
        for day in DAYS:
            folder = tmp_path / "sources" / name / day
            folder.mkdir(parents=True)
            for text in range(2):
                story = STORY.format(name=name.title(), count=20 + 10 * number + text)
                (folder / f"{day}-{text}.txt").write_text(story, encoding="utf-8")
    path = tmp_path / "sources" / "sources.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("NEWSMILL_SOURCES", str(path))
    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path / "home"))
    return path
