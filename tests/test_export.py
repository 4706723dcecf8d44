"""An export is the present state, the same bytes whenever it is made, and nothing at all if the lake moved meanwhile."""

import json
from pathlib import Path

import duckdb
import pytest

from pipeline import export, lines, query, store
from pipeline.errors import ConfigurationError, TransientError
from pipeline.settings import Settings


def rows(path: Path) -> int:
    with duckdb.connect() as connection:
        found = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
    return int(found[0]) if found else -1


def test_the_present_state_is_written_with_a_manifest_that_fits(sample: Settings, tmp_path: Path) -> None:
    manifest = export.export(sample, tmp_path / "out")
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())
    with query.connect(sample.home) as connection:
        for name, file in manifest["files"].items():
            (present,) = connection.execute(f"SELECT count(*) FROM {name}_current").fetchone() or (-1,)
            path = tmp_path / "out" / f"{name}.parquet"
            assert rows(path) == file["rows"] == present
            assert store.sha256(path) == file["sha256"]
    assert set(manifest["lake"]) == {path.stem for path in sample.commits.glob("*.json")}


def test_the_same_lake_gives_the_same_bytes(sample: Settings, tmp_path: Path) -> None:
    first, second = (export.export(sample, tmp_path / name)["files"] for name in ("a", "b"))
    assert first == second


def test_a_condition_chooses_articles_and_their_children(sample: Settings, tmp_path: Path) -> None:
    manifest = export.export(sample, tmp_path / "out", ("articles", "quotes"), "in_language = 'de'")
    with duckdb.connect() as connection:
        languages = connection.execute(f"SELECT DISTINCT in_language FROM '{tmp_path}/out/articles.parquet'").fetchall()
        orphans = connection.execute(
            f"SELECT 1 FROM '{tmp_path}/out/quotes.parquet' ANTI JOIN '{tmp_path}/out/articles.parquet' USING (capture_id)"
        ).fetchall()
    assert languages == [("de",)] and orphans == []
    assert set(manifest["files"]) == {"articles", "quotes"}


def test_a_table_without_rows_is_a_file_without_rows(sample: Settings, tmp_path: Path) -> None:
    export.export(sample, tmp_path / "out", ("articles",), "false")
    assert rows(tmp_path / "out" / "articles.parquet") == 0


@pytest.mark.parametrize(
    ("tables", "where", "said"),
    [(("articles",), "nonsense = 1", "nonsense"), (("secrets",), "true", "choose from"), (("articles",), "1; DROP VIEW articles", "--where")],
)  # fmt: skip
def test_wrong_use_says_so_and_leaves_nothing(
    sample: Settings, tmp_path: Path, tables: tuple[str, ...], where: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        export.export(sample, tmp_path / "out", tables, where)
    assert not (tmp_path / "out").exists()


def test_a_directory_that_is_there_is_left_alone(sample: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigurationError, match="exists"):
        export.export(sample, tmp_path / "out")


def test_a_lake_that_moves_meanwhile_is_not_exported(
    sample_copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moving(path: Path) -> str:
        if path.suffix == ".parquet":
            store.write_json(sample_copy.commits / "courier-2026-03-02.json", {})
        return digest(path)

    digest = store.sha256
    monkeypatch.setattr(store, "sha256", moving)
    with pytest.raises(TransientError, match="published while"):
        export.export(sample_copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lake_that_is_being_published_is_not_exported(sample_copy: Settings, tmp_path: Path) -> None:
    lines.append(sample_copy.commits / "intents" / "courier-2026-03-03", "2026-03")
    with pytest.raises(TransientError, match="courier-2026-03-03"):
        export.export(sample_copy, tmp_path / "out")
