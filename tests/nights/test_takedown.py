"""What was fetched is taken down with what was sent and received for it, and with the feeds that list it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.checker import Checker

from pipeline import query, run, takedown, verify
from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.nights.test_fetched import FIRST, HERALD, Arguments, configured, contents, names, night, source, web
from tests.takedown import homes
from tests.web.server import Web

__all__ = ["names", "web"]
SECOND = FIRST + timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path, web: Web) -> Settings:
    return configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))


def second(web: Web) -> None:
    web.sites["herald.example"] = HERALD.site(2)


def changing(settings: Settings) -> dict[str, Any]:
    """Return the article of which there are two texts, as it is now, and how many captures it has."""
    with query.connect(settings.home) as connection:
        found = connection.sql("FROM articles_current WHERE article_id IN (SELECT article_id FROM changes)")
        rows = sorted(found.to_arrow_table().to_pylist(), key=lambda row: str(row["url"]))
    return rows[-1]  # type: ignore[no-any-return]


def telling(settings: Settings, article: dict[str, Any]) -> tuple[str, ...]:
    """Return the headline and the sentences that no other article of the lake has."""
    with query.connect(settings.home) as connection:
        rest = connection.execute(
            "SELECT coalesce(string_agg(article_body || coalesce(headline, ''), ' '), '') FROM articles WHERE article_id <> ?",
            [article["article_id"]],
        ).fetchone()
    said = [article["headline"], *re.split(r"(?<=[.!?])\s+", article["article_body"])]
    found = tuple(text for text in said if len(text) > 30 and rest and text not in rest[0])
    assert len(found) > 3
    return found


def outcomes(settings: Settings, article_id: str) -> list[tuple[str, str]]:
    with query.connect(settings.home) as connection:
        return connection.execute(
            "SELECT batch_id, outcome FROM captures WHERE article_id = ? ORDER BY ALL", [article_id]
        ).fetchall()


def test_nothing_of_a_fetched_article_is_left_in_exchanges_and_feeds(
    tmp_path: Path, web: Web, settings: Settings
) -> None:
    night(settings, 1)
    second(web)
    night(settings, 2)
    article = changing(settings)
    words = telling(settings, article)
    homes.take_down(settings, Wanted(articles=[article["article_id"]]))
    assert homes.telling(settings, words) == []
    assert [finding for finding in verify.verify(settings, homes.silent) if finding.fault] == []
    for path in sorted(settings.raw.rglob("*.warc.gz")):
        assert Checker(Arguments(path)).process_all() == 0
    before = contents(settings)
    web.log.clear()
    assert homes.rebuilt(settings, tmp_path / "again") == before
    assert web.asked() == []


def test_a_page_that_is_fetched_again_ends_as_taken_down(tmp_path: Path, web: Web, settings: Settings) -> None:
    night(settings, 1)
    second(web)
    night(settings, 2)
    article = changing(settings)
    words = telling(settings, article)
    homes.take_down(settings, Wanted(articles=[article["article_id"]]))
    assert night(settings, 3)["herald"]["taken_down"] == 1
    assert {outcome for _, outcome in outcomes(settings, article["article_id"])} == {"taken_down"}
    left = {name for name, _ in homes.telling(settings, words)}
    assert left <= {f"raw/herald-{SECOND + timedelta(days=1)}/lists.warc.gz"}  # until the takedown is given again
    homes.take_down(settings, Wanted(again=True))
    assert homes.telling(settings, words) == []
    assert homes.rebuilt(settings, tmp_path / "again") == contents(settings)


@pytest.mark.parametrize("is_captured", [False, True])
def test_a_night_that_was_planned_before_goes_on_without_the_bytes_that_it_knew(
    tmp_path: Path, web: Web, settings: Settings, is_captured: bool
) -> None:
    """Its plan names a capture that is blank now: what was answered with 304 refers to it, what was not asks anew."""
    night(settings, 1)
    batch_ids = run.plan_night(settings, SECOND)
    if is_captured:
        for group in run.chunk_groups(settings, batch_ids):
            run.each_chunk(settings, run.capture_chunk, group)
    with query.connect(settings.home) as connection:
        article = connection.sql("FROM articles ORDER BY url LIMIT 1").to_arrow_table().to_pylist()[0]
    words = telling(settings, article)
    homes.take_down(settings, Wanted(articles=[article["article_id"]]))
    assert run.night(settings, batch_ids, homes.silent)[0].held_back is None
    assert [outcome for _, outcome in outcomes(settings, article["article_id"])] == ["taken_down"] * 2
    assert [finding for finding in verify.verify(settings, homes.silent) if finding.fault] == []
    left = {name for name, _ in homes.telling(settings, words)}
    assert left == set()
    assert homes.rebuilt(settings, tmp_path / "again") == contents(settings)


def test_a_dry_run_names_requests_answers_and_feeds(web: Web, settings: Settings) -> None:
    night(settings, 1)
    with query.connect(settings.home) as connection:
        [(article_id,)] = connection.sql("SELECT article_id FROM articles ORDER BY url LIMIT 1").fetchall()
    order = takedown.make(settings, Wanted(articles=[article_id]), homes.NOW, homes.silent)
    assert sorted(order.marks) == [f"herald-{FIRST}/0000.warc.gz", f"herald-{FIRST}/lists.warc.gz"]
    exchange = order.marks[f"herald-{FIRST}/0000.warc.gz"]
    assert [mark.is_capture for mark in exchange] == [False] * (len(exchange) - 1) + [True]
    assert len(exchange) > 1
