"""Nights over the test web: what is asked, what is archived, what the lake then says."""

import gzip
import hashlib
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.checker import Checker

from pipeline import rebuild, run, verify, version
from pipeline.settings import Settings
from tests.web.publisher import Publisher
from tests.web.reply import ENDLESS, Reply, Request, bomb, failure, page, redirect
from tests.web.server import Site, Web, serve

FIRST = date(2026, 3, 1)
HERALD = Publisher(host="herald.example", texts={1: "AB", 2: "ABA"}, declared=frozenset({1}), gone={0: 2})


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every host below .example is this machine."""
    real = socket.getaddrinfo

    def lookup(host: str | bytes | None, *more: object, **named: object) -> object:
        here = isinstance(host, str) and host.endswith(".example")
        return real("127.0.0.1" if here else host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
def web() -> Iterator[Web]:
    with serve({"herald.example": HERALD.site(1)}) as running:
        yield running


def configured(tmp_path: Path, sources: str) -> Settings:
    path = tmp_path / "sources.toml"
    path.write_text(sources, encoding="utf-8")
    return Settings(home=tmp_path / "home", sources=path, workers=0)


def source(name: str, *urls: str, kind: str = "feed", more: str = "") -> str:
    listed = ", ".join(f'"{url}"' for url in urls)
    return f'[sources.{name}]\nkind = "{kind}"\nurls = [{listed}]\nallow_private = true\ndelay_seconds = 0\n{more}\n'


def night(settings: Settings, number: int, late: bool = False) -> dict[str, dict[str, int]]:
    """Run a night and return the outcomes of its batches, by source."""
    batch_ids = run.plan_night(settings, FIRST + timedelta(days=number - 1), late=late)
    return {row.batch_id[:-11]: row.outcomes for row in run.night(settings, batch_ids, lambda *_: None)}


def rows(settings: Settings, table: str, columns: str, more: str = "") -> list[tuple[object, ...]]:
    files = f"{settings.lake}/{table}/*/*.parquet"
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT {columns} FROM read_parquet('{files}', union_by_name = true) {more}"
        ).fetchall()


def contents(settings: Settings) -> dict[str, bytes]:
    return {path.relative_to(settings.lake).as_posix(): path.read_bytes() for path in settings.lake.rglob("*.parquet")}


def test_three_nights_have_an_exact_ledger_and_the_third_transfers_no_article(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    assert night(settings, 1) == {"herald": {"extracted": 6}}
    web.sites["herald.example"] = HERALD.site(2)
    assert night(settings, 2) == {"herald": {"extracted": 4, "not_modified": 3, "http_error": 1}}
    web.log.clear()
    articles = rows(settings, "articles", "count(*)")
    assert night(settings, 3) == {"herald": {"not_modified": 7, "http_error": 1}}
    assert Counter(each.status for each in web.asked() if "/news/" in each.target) == {304: 7, 404: 1}
    assert rows(settings, "articles", "count(*)") == articles
    assert list(verify.verify(settings, lambda *_: None)) == []


def test_a_text_that_goes_a_b_a_is_a_again_and_a_silent_edit_is_told_from_a_declared_one(
    tmp_path: Path, web: Web
) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    for number in (1, 2, 3):
        web.sites["herald.example"] = HERALD.site(number)
        night(settings, number)
    sql = (settings.home / "newsmill.sql").read_text("utf-8")
    with duckdb.connect() as connection:
        connection.execute(sql)
        changes = connection.sql("SELECT url, declared FROM changes ORDER BY url, changed_at").fetchall()
        now = connection.sql("SELECT url, version_id FROM articles_current ORDER BY url").fetchall()
        then = connection.sql(
            "SELECT url, version_id FROM articles WHERE batch_id LIKE '%03-01' ORDER BY url"
        ).fetchall()
    paths = [(url.rpartition("-")[2], declared) for url, declared in changes]
    assert paths == [("1.html", True), ("2.html", False), ("2.html", False)]
    assert dict(now)[then[2][0]] == then[2][1]
    assert dict(now)[then[1][0]] != then[1][1]


def test_what_is_archived_is_what_the_server_sent_and_other_readers_agree(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    night(settings, 1)
    night(settings, 2)
    files = sorted(settings.raw.rglob("*.warc.gz"))
    assert len(files) == 4
    for path in files:
        assert Checker(Arguments(path)).process_all() == 0
    sent = {each.digest.hexdigest() for each in web.asked()}
    received = {each for path in files for each in _responses(path)}
    assert received == sent


class Arguments:
    """What warcio's checker takes from its command line."""

    def __init__(self, path: Path) -> None:
        self.inputs, self.verbose = [str(path)], False


def _responses(path: Path) -> Iterator[str]:
    """Yield the digests of all responses as another library reads them, byte for byte."""
    with path.open("rb") as file:
        wanted = WarcRecordType.response | WarcRecordType.revisit
        for record in ArchiveIterator(file, record_types=wanted, parse_http=False):
            yield hashlib.sha256(record.reader.read()).hexdigest()


def test_a_rebuild_from_raw_gives_the_same_lake(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    for number in (1, 2, 3):
        web.sites["herald.example"] = HERALD.site(number)
        night(settings, number)
    before = contents(settings)
    for path in settings.lake.rglob("*.parquet"):
        path.unlink()
    web.log.clear()
    rebuild.rebuild(settings, lambda *_: None)
    assert contents(settings) == before
    assert web.asked() == []


def test_an_archive_that_is_lost_is_not_fetched_anew_in_silence(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    night(settings, 1)
    before = contents(settings)
    shutil.rmtree(settings.work)
    (settings.raw / f"herald-{FIRST}" / "0000.warc.gz").unlink()
    web.log.clear()
    (ended,) = rebuild.rebuild(settings, lambda *_: None).ledger
    assert "0000.warc.gz: gone" in str(ended.held_back)
    assert web.asked() == []
    assert contents(settings) == before


def test_a_rebuild_asks_nobody_for_an_archive_that_is_lost(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    night(settings, 1)
    (warc,) = settings.raw.glob("*/0000.warc.gz")
    index = warc.with_name("0000.index.parquet")
    kept = warc.read_bytes(), index.read_bytes()
    warc.unlink()
    web.log.clear()
    (ended,) = rebuild.rebuild(settings, lambda *_: None, into=tmp_path / "beside").ledger
    assert "gone since" in str(ended.held_back)
    assert (web.asked(), warc.exists(), index.read_bytes()) == ([], False, kept[1])
    warc.write_bytes(kept[0])
    assert rebuild.rebuild(settings, lambda *_: None, into=tmp_path / "beside").differences == []


def test_an_upgrade_of_ours_is_no_edit_of_theirs(tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    night(settings, 1)
    monkeypatch.setattr(version, "extractor", lambda: "another")
    assert night(settings, 2) == {"herald": {"not_modified": 6}}
    assert rows(settings, "articles", "count(*)") == [(6,)]


def test_an_article_behind_a_redirect_is_asked_for_conditionally_where_it_is(tmp_path: Path, web: Web) -> None:
    story = HERALD.site(1)["/news/2026/03/01/story-5.html"]
    listed = page(web.url("herald.example", "/old"), "text/plain")
    web.sites["herald.example"] = {"/list.txt": listed, "/old": redirect("/new", 301), "/new": story}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/list.txt"), kind="sitemap"))
    assert night(settings, 1) == {"herald": {"extracted": 1}}
    assert night(settings, 2) == {"herald": {"not_modified": 1}}
    assert rows(settings, "captures", "DISTINCT final_url") == [(web.url("herald.example", "/new"),)]


@pytest.mark.parametrize(
    ("kind", "target"),
    [("feed", "/atom.xml"), ("feed", "/feed.json"), ("sitemap", "/sitemap.xml"), ("sitemap", "/latest.txt")],
)
def test_every_kind_of_list_leads_to_the_articles(tmp_path: Path, web: Web, kind: str, target: str) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", target), kind=kind))
    assert night(settings, 1) == {"herald": {"extracted": 6}}


def test_an_article_that_is_older_than_the_window_is_asked_for_only_if_its_list_says_it_changed(tmp_path: Path) -> None:
    herald = replace(HERALD, first=datetime.now(UTC), texts={1: "AAAAAAB", 2: "AAAAAAB"}, gone={}, fresh=0)
    with serve({"herald.example": herald.site(1)}) as web:
        settings = configured(tmp_path, source("herald", web.url("herald.example", "/atom.xml")))
        night(settings, 1)
        web.sites["herald.example"] = herald.site(7)
        web.log.clear()
        assert night(settings, 7) == {"herald": {"extracted": 1}}
        assert [each.target[-7:] for each in web.asked() if "/news/" in each.target] == ["-1.html"]


HOSTILE: dict[str, tuple[Site, dict[str, int]]] = {
    "gone": ({"/a": failure(410)}, {"http_error": 1}),
    "forbidden": ({"/a": failure(403)}, {"http_error": 1}),
    "loop": ({"/a": redirect("/b"), "/b": redirect("/a")}, {"too_many_redirects": 1}),
    "file": ({"/a": redirect("file:///etc/passwd")}, {"refused_url": 1}),
    "endless": ({"/a": Reply(body=b"a" * 65_536, repeat=ENDLESS, framing="chunked")}, {"too_large": 1}),
    "bomb": ({"/a": bomb(64)}, {"too_large": 1}),
    "cut": ({"/a": Reply(body=b"<p>half", stated=1000)}, {"connection": 1}),
    "reset": ({"/a": Reply(body=b"<p>half", stated=1000, reset=True)}, {"connection": 1}),
    "nonsense": ({"/a": Reply(raw=b"I am no server\r\n\r\n")}, {"bad_response": 1}),
    "image": ({"/a": page(b"\x89PNG\r\n\x1a\n" + bytes(200), "text/html")}, {"not_html": 1}),
    "robots": ({"/robots.txt": page("User-agent: *\nDisallow: /a", "text/plain")}, {"robots_denied": 1}),
    "robots-5xx": ({"/robots.txt": failure(500)}, {"robots_denied": 1}),
}


def test_each_misbehaviour_has_its_own_outcome_and_the_others_are_unharmed(tmp_path: Path, web: Web) -> None:
    for name, (site, _) in HOSTILE.items():
        web.sites[f"{name}.example"] = site
    listed = "".join(f"{web.url(f'{name}.example', '/a')}\n" for name in HOSTILE)
    good = HERALD.site(1)["/news/2026/03/01/story-5.html"]
    web.sites["herald.example"] = {
        **HERALD.site(1),
        "/all.txt": page(listed + web.url("herald.example", "/good"), "text/plain"),
        "/good": good,
    }
    settings = configured(tmp_path, source("all", web.url("herald.example", "/all.txt"), kind="sitemap"))
    settings = replace(settings, max_document_bytes=2**20)
    expected = Counter[str]({"extracted": 1})
    for _, outcome in HOSTILE.values():
        expected.update(outcome)
    found = night(settings, 1)["all"]
    assert found == expected, rows(settings, "rejects", "detail, reason")
    assert len(rows(settings, "rejects", "capture_id")) == len(HOSTILE)
    assert list(verify.verify(settings, lambda *_: None)) == []


def test_a_dead_source_fails_alone_and_says_why(tmp_path: Path, web: Web) -> None:
    both = source("dead", "http://herald.example:9/feed.xml") + source("herald", web.url("herald.example", "/feed.xml"))
    settings = configured(tmp_path, both)
    batch_ids = run.plan_night(settings, FIRST)
    ended = {row.batch_id[:-11]: row for row in run.night(settings, batch_ids, lambda *_: None)}
    assert ended["herald"].held_back is None
    assert "herald.example:9" in str(ended["dead"].held_back)


TEXT = "The harbour stays closed for the week because the new crane has not come yet, the town says. " * 5


def story(text: str = TEXT, head: str = "") -> str:
    body = f"<article><h1>Harbour closed</h1><p>{text}</p></article>"
    return f"<html><head>{head}</head><body>{body}</body></html>"


def rss(*items: str) -> Reply:
    return page(f"<rss><channel>{''.join(items)}</channel></rss>", "application/rss+xml")


def item(url: str, more: str = "") -> str:
    return f"<item><link>{url}</link>{more}</item>"


def test_entries_of_a_feed_that_are_no_addresses_are_rejects_every_night(tmp_path: Path, web: Web) -> None:
    broken = "<item><title>x</title></item>", "<item><title>y</title></item>"
    feed = rss(*broken, item(web.url("herald.example", "/a")))
    web.sites["herald.example"] = {"/feed.xml": feed, "/a": page(story())}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    assert [night(settings, number)["herald"] for number in (1, 2)] == [
        {"extracted": 1, "rejected": 1},
        {"unchanged": 1, "rejected": 1},
    ]
    assert rows(settings, "rejects", "DISTINCT reason, detail") == [("unlisted", "2 times no_link: x")]
    web.sites["herald.example"] = {"/feed.xml": rss(item(web.url("herald.example", "/a"))), "/a": page(story())}
    assert night(settings, 3) == {"herald": {"unchanged": 1}}


def test_a_list_that_another_list_names_as_a_page_and_a_list_named_twice_are_one_capture_each(
    tmp_path: Path, web: Web
) -> None:
    dead = web.url("herald.example", "/dead.xml")
    web.sites["herald.example"] = {"/feed.xml": rss(item(dead), item(dead)), "/dead.xml": failure(404)}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml"), dead, dead))
    assert night(settings, 1) == {"herald": {"http_error": 2}}
    assert night(settings, 2, late=True) == {"herald": {"missed": 2}}


def test_a_hostile_feed_and_a_wrong_key_stop_nobody_else(tmp_path: Path, web: Web) -> None:
    text = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "http://x.example/\\ud800", "date_published": "\\ud800"}]}'
    web.sites["hostile.example"] = {"/feed.json": page(text, "application/json")}
    three = source("hostile", web.url("hostile.example", "/feed.json"))
    three += source("wrong", web.url("herald.example", "/feed.xml"), more='ca_file = "none.pem"')
    settings = configured(tmp_path, three + source("herald", web.url("herald.example", "/feed.xml")))
    assert night(settings, 1)["herald"] == {"extracted": 6}


def test_a_304_is_read_as_the_answer_that_it_stands_for(tmp_path: Path, web: Web) -> None:
    text = "Přístav zůstane celý týden zavřený, protože nový jeřáb ještě nedorazil, říká město. " * 5
    kept = page(story(text).encode("iso-8859-2"), "text/html; charset=iso-8859-2")

    def answer(request: Request) -> Reply:
        return (
            Reply(status=304)
            if "if-none-match" in request.headers
            else replace(kept, headers={**kept.headers, "ETag": '"1"'})
        )

    url = web.url("herald.example", "/feed.xml")
    web.sites["herald.example"] = {"/feed.xml": rss(item(web.url("herald.example", "/a"))), "/a": answer}
    settings = configured(tmp_path, source("herald", url))
    assert night(settings, 1) == {"herald": {"extracted": 1}}
    configured(tmp_path, source("herald", url, more="min_articles = 1\nlanguage = 'cs'"))
    assert [night(settings, number)["herald"] for number in (2, 3)] == [{"not_modified": 1}] * 2


def test_a_page_that_was_skipped_is_read_when_it_no_longer_is(tmp_path: Path) -> None:
    herald = replace(HERALD, head='<meta name="tdm-reservation" content="1">')
    with serve({"herald.example": herald.site(1)}) as web:
        url = web.url("herald.example", "/feed.xml")
        settings = configured(tmp_path, source("herald", url, more="skip_reserved = true"))
        assert night(settings, 1) == {"herald": {"rejected": 6}}
        assert night(settings, 2) == {"herald": {"rejected": 6}}
        configured(tmp_path, source("herald", url))
        assert night(settings, 3) == {"herald": {"extracted": 6}}
        assert rows(settings, "captures", "DISTINCT tdm_reserved") == [(True,)]


def test_an_earlier_batch_that_is_gone_from_raw_is_not_known(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    night(settings, 1)
    shutil.rmtree(settings.raw / f"herald-{FIRST}")
    assert night(settings, 2) == {"herald": {"extracted": 6}}


def test_validators_of_one_address_are_not_sent_to_another(tmp_path: Path, web: Web) -> None:
    def tagged(text: str, tag: str) -> Reply:
        reply = page(story(text))
        return replace(reply, headers={**reply.headers, "ETag": tag})

    def strict(reply: Reply) -> Callable[[Request], Reply]:
        return lambda request: (
            Reply(status=304) if request.headers.get("if-none-match") == reply.headers["ETag"] else reply
        )

    feed = rss(item(web.url("herald.example", "/a")))
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    web.sites["herald.example"] = {"/feed.xml": feed, "/a": strict(tagged(TEXT, '"1"'))}
    assert night(settings, 1) == {"herald": {"extracted": 1}}
    web.sites["herald.example"] = {"/feed.xml": feed, "/a": redirect("/b"), "/b": strict(tagged(TEXT, '"2"'))}
    assert night(settings, 2) == {"herald": {"unchanged": 1}}
    web.sites["herald.example"] = {"/feed.xml": feed, "/a": strict(tagged(TEXT + "It opens on Monday. " * 9, '"2"'))}
    assert night(settings, 3) == {"herald": {"extracted": 1}}


def test_what_is_listed_above_the_most_pages_is_told(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml"), more="max_pages = 2"))
    assert night(settings, 1) == {"herald": {"extracted": 2, "rejected": 1}}
    assert "4 listed pages above max_pages" in str(rows(settings, "rejects", "detail"))


def test_a_page_that_failed_is_asked_for_again_though_it_is_no_longer_listed(tmp_path: Path, web: Web) -> None:
    feed = rss(item(web.url("herald.example", "/a")))
    web.sites["herald.example"] = {"/feed.xml": feed, "/a": failure(404)}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    assert night(settings, 1) == {"herald": {"http_error": 1}}
    web.sites["herald.example"] = {"/feed.xml": rss(), "/a": page(story())}
    assert night(settings, 2) == {"herald": {"extracted": 1}}


def test_a_304_without_validators_leaves_those_that_are_known(tmp_path: Path, web: Web) -> None:
    kept = page(story(), last_modified="Sun, 01 Mar 2026 10:00:00 GMT")

    def answer(request: Request) -> Reply:
        return Reply(status=304) if "if-modified-since" in request.headers else kept

    web.sites["herald.example"] = {"/feed.xml": rss(item(web.url("herald.example", "/a"))), "/a": answer}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    for number in (1, 2, 3, 4):
        night(settings, number)
    assert [each.status for each in web.asked(target="/a")] == [200, 304, 304, 304]


def test_an_article_that_is_no_longer_listed_keeps_the_date_that_its_feed_stated(tmp_path: Path, web: Web) -> None:
    listed = item(web.url("herald.example", "/a"), "<pubDate>Sun, 01 Mar 2026 17:00:00 GMT</pubDate>")
    web.sites["herald.example"] = {"/feed.xml": rss(listed), "/a": page(story())}
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    assert night(settings, 1) == {"herald": {"extracted": 1}}
    web.sites["herald.example"] = {"/feed.xml": rss(), "/a": page(story(TEXT + "It opens on Monday. " * 9))}
    assert night(settings, 2) == {"herald": {"extracted": 1}}
    stated = rows(settings, "articles", "DISTINCT date_published_origin, published_on")
    assert stated == [("feed", date(2026, 3, 1))]


def test_a_list_that_stands_still_holds_its_batch_back(tmp_path: Path, web: Web) -> None:
    more = "max_age_hours = 24"
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml"), more=more))
    (ended,) = run.night(settings, run.plan_night(settings, FIRST), lambda *_: None)
    assert "hours old" in str(ended.held_back)
    web.sites["herald.example"] = replace(HERALD, first=datetime.now(UTC)).site(1)
    settings = replace(settings, home=tmp_path / "fresh")
    (ended,) = run.night(settings, run.plan_night(settings, FIRST), lambda *_: None)
    assert ended.held_back is None


def test_what_a_publisher_reserves_is_told_and_skipped_if_the_source_says_so(tmp_path: Path) -> None:
    head = '<meta name="tdm-reservation" content="1">'
    herald = replace(HERALD, head=head, extra={"TDM-Policy": "https://herald.example/policy.json"})
    with serve({"herald.example": herald.site(1)}) as web:
        settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
        assert night(settings, 1) == {"herald": {"extracted": 6}}
        told = rows(settings, "captures", "DISTINCT tdm_reserved, usage_terms")
        assert told == [(True, "https://herald.example/policy.json")]
        settings = configured(
            tmp_path, source("other", web.url("herald.example", "/feed.xml"), more="skip_reserved = true")
        )
        assert night(settings, 1) == {"other": {"rejected": 6}}
        assert rows(settings, "rejects", "DISTINCT reason") == [("reserved",)]


def test_a_night_that_is_over_is_not_filled_with_what_the_feed_lists_today(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    assert night(settings, 1, late=True) == {"herald": {"missed": 1}}
    assert web.asked() == []


def test_a_half_written_file_is_continued_and_nothing_asked_twice(tmp_path: Path, web: Web) -> None:
    settings = configured(tmp_path, source("herald", web.url("herald.example", "/feed.xml")))
    (batch,) = run.plan_night(settings, FIRST)
    run.capture_chunk(settings, f"{batch}/0000")
    path = settings.raw / batch / "0000.warc.gz"
    whole = path.read_bytes()
    path.unlink()
    path.with_name("0000.warc.gz.part").write_bytes(whole[: len(whole) * 2 // 3])
    asked = Counter(each.target for each in web.asked())
    ended = run.night(settings, [batch], lambda *_: None)[0]
    assert ended.outcomes == {"extracted": 6}
    again = Counter(each.target for each in web.asked()) - asked
    assert 0 < sum(count for target, count in again.items() if "/news/" in target) < 6
    assert gzip.decompress(path.read_bytes())
