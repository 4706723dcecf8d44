"""Sitemaps of every form become entries or further sitemaps; what cannot be used is counted."""

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers.listing import MAX_BYTES, MAX_ENTRIES, Entries, Entry
from pipeline.readers.sitemap import entries
from tests.web.publisher import Publisher, index, news_sitemap, rss, urlset

URL = "https://ferry.example/sitemap.xml"
ORIGIN = "https://ferry.example"
PUBLISHER = Publisher(host="ferry.example")
ITEMS = PUBLISHER.items(1)


def test_a_sitemap_lists_pages_with_their_last_change() -> None:
    found = entries(urlset(ORIGIN, ITEMS).encode(), URL)
    assert found == Entries(tuple(Entry(ORIGIN + x.path, updated=x.modified.isoformat()) for x in ITEMS))


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_news_sitemap_tells_date_title_and_language_packed_or_not(times: int) -> None:
    payload = news_sitemap(PUBLISHER, ORIGIN, ITEMS).encode()
    for _ in range(times):
        payload = gzip.compress(payload)
    wanted = [Entry(ORIGIN + x.path, x.published.isoformat(), None, x.story.headline, "en") for x in ITEMS]
    assert entries(payload, URL + ".gz") == Entries(tuple(wanted))


def test_an_index_leads_to_sitemaps_and_lists_no_page() -> None:
    found = entries(index(ORIGIN, ITEMS).encode(), URL)
    assert (found.entries, found.faults) == ((), ())
    assert [x.url for x in found.sitemaps] == [
        f"{ORIGIN}/sitemaps/{name}" for name in ("news.xml.gz", "articles-1.xml")
    ]
    assert {x.updated for x in found.sitemaps} == {max(x.modified for x in ITEMS).isoformat()}


def test_pictures_and_translations_of_a_page_are_no_pages() -> None:
    found = entries(
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
        b' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>'
        b"<image:image><image:loc>https://ferry.example/a.jpg</image:loc><image:title>Picture</image:title></image:image>"
        b'<loc>https://ferry.example/a</loc><xhtml:link rel="alternate" hreflang="de" href="https://ferry.example/de/a"/>'
        b"</url></urlset>",
        URL,
    )
    assert found == Entries((Entry("https://ferry.example/a"),))


@pytest.mark.parametrize(
    "root",
    [
        "<urlset>",
        '<urlset xmlns="http://www.google.com/schemas/sitemap/0.84">',
        '<urlset xmlns="https://www.sitemaps.org/schemas/sitemap/0.9/">',
        '<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9">',
        '<?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?><urlset xmlns="urn:own">',
    ],
)
def test_whatever_namespace_a_sitemap_claims_it_is_read(root: str) -> None:
    prefix = "s:" if root.startswith("<s:") else ""
    body = f"<{prefix}url><{prefix}loc> /a?b=1&c=2 </{prefix}loc></{prefix}url></{prefix}urlset>"
    assert entries(f"{root}{body}".encode(), URL) == Entries((Entry("https://ferry.example/a?b=1&c=2"),))


def test_a_plain_list_is_one_address_a_line() -> None:
    found = entries(
        b"\xef\xbb\xbfhttps://ferry.example/a\r\n\r\n# old\nhttps://ferry.example/b\nnonsense\nftp://x/\n", URL
    )
    assert [entry.url for entry in found.entries] == ["https://ferry.example/a", "https://ferry.example/b"]
    assert [(fault.reason, fault.times) for fault in found.faults] == [("bad_url", 1), ("bad_scheme", 1)]


def test_a_feed_in_place_of_a_sitemap_is_read_as_one() -> None:
    found = entries(rss(PUBLISHER, ORIGIN, ITEMS).encode(), URL)
    assert [entry.url for entry in found.entries] == [ORIGIN + x.path for x in ITEMS]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>404</body></html>", "not_a_feed"),
        (b"<urlset><url><lastmod>2026</lastmod></url></urlset>", "no_link"),
        (b"<urlset><url><loc>https://ferry.example/a</loc>", "damaged"),
        (gzip.compress(b"https://ferry.example/a\n" * 99)[:-20], "damaged"),
    ],
)
def test_what_is_lost_has_a_reason(payload: bytes, reason: str) -> None:
    assert reason in {fault.reason for fault in entries(payload, URL).faults}


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(gzip.compress(bytes(MAX_BYTES + 1)))
    assert entries(bomb, URL) == entries(gzip.compress(bytes(MAX_BYTES + 1)), URL)
    assert [fault.reason for fault in entries(bomb, URL).faults] == ["too_large"]


def test_a_list_longer_than_is_read_is_counted() -> None:
    found = entries(b"nonsense\n" * (MAX_ENTRIES + 3), URL)
    assert [(fault.reason, fault.times) for fault in found.faults] == [("bad_url", MAX_ENTRIES), ("too_many", 3)]


def test_a_list_of_nonsense_takes_no_more_memory_than_its_text() -> None:
    payload = b"xy\n" * 400_000
    tracemalloc.start()
    found = entries(payload, URL)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [fault.reason for fault in found.faults] == ["bad_url", "too_many"]
    assert most < 6 * len(payload)


@given(st.binary(max_size=200))
def test_no_bytes_raise(payload: bytes) -> None:
    for each in (payload, b"<urlset><url><loc>" + payload, b"<sitemapindex>" + payload):
        assert isinstance(entries(each, URL), Entries)
