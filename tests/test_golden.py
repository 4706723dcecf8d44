"""What the sample corpus gives, row by row. `python -m tests.test_golden` writes the golden files anew: read their diff."""

import json
import tempfile
from pathlib import Path

import pytest

from pipeline import query, run
from pipeline.settings import Settings
from tests.conftest import DAYS, SEEDS

GOLDEN = Path(__file__).parent / "golden"
MADE_BY = ("code_version", "extractor", "config_sha256", "warc_record_offset", "warc_record_length", "row_json")
"""Columns that change with every line of code, or with the zlib at hand."""
TABLES = ("captures", "articles", "quotes", "embeds", "claims", "mentions", "links", "duplicates", "rejects", "runs")
LEDGER = {
    "harbour_wire-2026-03-01": {"extracted": 11, "rejected": 3},
    "courier-2026-03-01": {"extracted": 19, "rejected": 2, "not_html": 1},
    "agency-2026-03-01": {"extracted": 12, "rejected": 3},
    "crawl-2026-03-01": {
        "extracted": 8,
        "rejected": 1,
        "http_error": 2,
        "not_html": 2,
        "no_payload": 1,
        "damaged_record": 1,
    },
    "harbour_wire-2026-03-02": {"unchanged": 11, "rejected": 3},
    "courier-2026-03-02": {"extracted": 3, "unchanged": 2},
    "agency-2026-03-02": {"unchanged": 12, "rejected": 3},
    "crawl-2026-03-02": {
        "unchanged": 8,
        "rejected": 1,
        "http_error": 2,
        "not_html": 2,
        "no_payload": 1,
        "damaged_record": 1,
    },
}


def lines(settings: Settings, table: str) -> list[str]:
    """Return a table's rows as JSON lines without nulls and what the code's version decides, in the order of the lake."""
    with query.connect(settings.home) as connection:
        rows = connection.sql(f"FROM {table}").to_arrow_table().to_pylist()
    kept = [
        {key: value for key, value in row.items() if value not in (None, [], False) and key not in MADE_BY}
        for row in rows
    ]
    return sorted(json.dumps(row, ensure_ascii=False, default=str) for row in kept)


@pytest.mark.parametrize("table", TABLES)
def test_the_sample_gives_the_golden_rows(sample: Settings, table: str) -> None:
    assert lines(sample, table) == (GOLDEN / f"{table}.jsonl").read_text("utf-8").splitlines()


def test_every_document_of_the_sample_ends_as_its_author_meant_it(sample: Settings) -> None:
    assert {row.batch_id: row.outcomes for row in run.report(sample, list(LEDGER))} == LEDGER


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        made = Settings(home=Path(directory), sources=SEEDS, chunk_documents=8)
        for day in DAYS:
            run.night(made, run.plan_night(made, day), lambda step, done, total: None)
        for name in TABLES:
            (GOLDEN / f"{name}.jsonl").write_text("\n".join(lines(made, name)) + "\n", "utf-8")
