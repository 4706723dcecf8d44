"""A takedown of the sample corpus, row by row. `python -m tests.takedown.test_golden` writes the golden file anew."""

import json
import tempfile
from pathlib import Path

import pytest

from pipeline import query, run, takedown, verify
from pipeline.settings import Settings
from pipeline.takedown import Order, Wanted
from tests.conftest import DAYS, SEEDS
from tests.takedown import homes
from tests.test_golden import GOLDEN, lines

PATH = GOLDEN / "takedown.jsonl"
WANTED = (
    Wanted(authors=["Malte Rieckmann"]),
    Wanted(urls=["https://www.lisse-matin.example/regions/"]),
    Wanted(speakers=["Harriet Coldwell"]),
)
"""A page in two versions, a record in a WARC file that is referenced in place, and a text without an address."""


def take_down(settings: Settings) -> list[Order]:
    orders = []
    for wanted in WANTED:
        orders.append(takedown.make(settings, wanted, homes.NOW, homes.silent))
        takedown.take_down(settings, orders[-1], homes.silent)
    return orders


def golden(settings: Settings, orders: list[Order]) -> list[str]:
    """Return what each takedown was of, and all that is left of it in the lake."""
    counted = [json.dumps({"captures": len(order.captures), "rows": order.rows}, sort_keys=True) for order in orders]
    left = [line for line in lines(settings, "captures") if json.loads(line)["outcome"] == "taken_down"]
    batches = {json.loads(line)["batch_id"] for line in left}
    return counted + left + [line for line in lines(settings, "runs") if json.loads(line)["batch_id"] in batches]


def test_a_takedown_of_the_sample_leaves_the_golden_rows(sample_copy: Settings) -> None:
    assert golden(sample_copy, take_down(sample_copy)) == PATH.read_text("utf-8").splitlines()
    assert [finding for finding in verify.verify(sample_copy, homes.silent) if finding.fault] == []
    with query.connect(sample_copy.home) as connection:
        assert connection.sql("FROM articles WHERE article_body LIKE '%Coldwell%'").fetchall() == []


@pytest.mark.slow
def test_a_rebuild_of_the_sample_after_a_takedown_gives_the_same_bytes(sample_copy: Settings, tmp_path: Path) -> None:
    take_down(sample_copy)
    assert homes.rebuilt(sample_copy, tmp_path / "again") == homes.lake(sample_copy)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        made = Settings(home=Path(directory), sources=SEEDS, chunk_documents=8)
        for day in DAYS:
            run.night(made, run.plan_night(made, day), homes.silent)
        PATH.write_text("\n".join(golden(made, take_down(made))) + "\n", "utf-8")
