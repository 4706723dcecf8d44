"""Feeds of all dialects, well written and not, become entries; what cannot be used is counted."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers.feed import MAX_JSON, entries
from pipeline.readers.listing import MAX_BYTES, MAX_ENTRIES, MAX_TITLE, Entries, Entry
from tests.web.publisher import Publisher, atom, json_feed, rss

URL = "https://ferry.example/feeds/all.xml"
ITEM = (
    "<item><title>Ferry &amp; bridge</title><link>https://ferry.example/a?id=1&amp;p=2</link>"
    "<pubDate>Sun, 01 Mar 2026 10:00:00 +0100</pubDate></item>"
)
STORM = Entry("https://ferry.example/a?id=1&p=2", "Sun, 01 Mar 2026 10:00:00 +0100", None, "Ferry & bridge", None)


def read(text: str, url: str = URL) -> Entries:
    return entries(text.encode(), url)


def rss_of(items: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Ferry</title>{head}{items}</channel></rss>'


def one(items: str, head: str = "") -> Entry:
    found = read(rss_of(items, head))
    assert found.faults == ()
    (entry,) = found.entries
    return entry


def test_rss_2_gives_link_title_and_date_as_written() -> None:
    assert read(rss_of(ITEM)) == Entries((STORM,))


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_dialect_of_a_publisher_lists_the_same_pages(language: str) -> None:
    publisher = Publisher(host="ferry.example", language=language, texts={2: "AB"}, declared=frozenset({2}))
    items, origin = publisher.items(2), "https://ferry.example"
    found = [read(make(publisher, origin, items)) for make in (rss, atom, json_feed)]
    assert [each.faults for each in found] == [(), (), ()]
    wanted = [(origin + item.path, item.story.headline, language) for item in items]
    for each in found:
        assert [(entry.url, entry.title, entry.language) for entry in each.entries] == wanted
    changed = [entry for entry in found[1].entries if entry.url.endswith("story-2.html")]
    assert changed[0].updated == items[-3].modified.isoformat() != changed[0].published


def test_rss_1_has_items_beside_its_channel() -> None:
    found = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://ferry.example/"><title>Ferry</title>'
        '<items><rdf:Seq><rdf:li rdf:resource="https://ferry.example/a"/></rdf:Seq></items></channel>'
        '<image rdf:about="x"><link>https://ferry.example/logo</link></image>'
        '<item rdf:about="https://ferry.example/a"><title>Tide</title><link>https://ferry.example/a</link>'
        "<dc:date>2026-03-01T10:00+01:00</dc:date><dc:language>en</dc:language></item></rdf:RDF>"
    )
    assert found == Entries((Entry("https://ferry.example/a", "2026-03-01T10:00+01:00", None, "Tide", "en"),))


def test_rss_0_91_with_a_document_type_is_read_without_asking_for_it() -> None:
    found = read(
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
        ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        + ITEM
        + "</channel></rss>"
    )
    assert found == Entries((STORM,))


def test_an_atom_entry_is_its_alternate_link_relative_to_its_base() -> None:
    found = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://ferry.example/en/" xml:lang="en">'
        '<link rel="self" href="feed"/><updated>2026-03-09T00:00:00Z</updated><entry xml:base="quay/">'
        '<link rel="self" href="self"/><link rel="enclosure" href="a.mp3"/><link rel="alternate" type="text/plain" href="a.txt"/>'
        '<link type="text/html" href="a"/><link rel="edit" href="edit"/><title type="html">Tide &amp;amp; quay</title>'
        "<published>2026-03-01T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated>"
        "<source><title>Elsewhere</title><updated>1999-01-01T00:00:00Z</updated></source></entry></feed>"
    )
    place = "https://ferry.example/en/quay/a"
    assert found == Entries((Entry(place, "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", "Tide & quay", "en"),))


def test_the_original_address_wins_over_that_of_a_counting_service() -> None:
    entry = one(
        "<item><link>https://counting.example/~r/1</link>"
        '<x:origLink xmlns:x="http://rssnamespace.org/feedburner/ext/1.0">https://ferry.example/a</x:origLink></item>'
    )
    assert entry.url == "https://ferry.example/a"


@pytest.mark.parametrize(
    "item",
    [
        "<guid>https://ferry.example/a</guid>",
        '<guid isPermaLink="true">https://ferry.example/a</guid>',
        '<link/><guid isPermaLink="false">https://ferry.example/no</guid><atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="/a"/>',
        "<link></link><guid>https://ferry.example/a</guid>",
        "<link><![CDATA[ https://ferry.example/a ]]></link>",
        '<link href="https://ferry.example/a"/>',
        "<link>mailto:desk@ferry.example</link><guid>https://ferry.example/a</guid>",
        "<link>/a</link>",
        "<id>https://ferry.example/a</id>",
        "<LINK>https://ferry.example/a</LINK>",
        "<image><link>https://ferry.example/picture</link></image><link>/a</link>",
    ],
)
def test_the_address_is_found_wherever_feeds_put_it(item: str) -> None:
    assert one(f"<item>{item}</item>").url == "https://ferry.example/a"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("<title>No link</title>", "no_link"),
        ('<guid isPermaLink="false">https://ferry.example/a</guid>', "no_link"),
        ('<enclosure url="https://ferry.example/a.mp3"/>', "no_link"),
        ("<link>ftp://ferry.example/a</link>", "bad_scheme"),
        ("<link>https://me:word@ferry.example/a</link>", "userinfo"),
        (f"<link>https://ferry.example/{'a' * 5000}</link>", "too_long"),
        ("<link>https://ferry..example/a</link>", "bad_url"),
    ],
)
def test_an_item_that_cannot_be_asked_for_is_counted_with_its_reason(item: str, reason: str) -> None:
    found = read(rss_of(f"<item>{item}</item>{ITEM}<item>{item}</item>"))
    assert found.entries == (STORM,)
    assert [(fault.reason, fault.times) for fault in found.faults] == [(reason, 2)]


def test_an_item_without_a_link_is_what_it_is_about() -> None:
    found = read('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item rdf:about="/a"/></rdf:RDF>')
    assert [entry.url for entry in found.entries] == ["https://ferry.example/a"]


def test_what_cannot_be_a_date_or_a_language_is_none_and_titles_end() -> None:
    item = (
        f"<link>/a</link><pubDate>{'1 ' * 90}</pubDate><title>{'Long ' * 900}</title><language>{'en' * 20}</language>"
    )
    entry = one(f"<item>{item}</item>")
    assert (entry.published, entry.language, len(entry.title or "")) == (None, None, MAX_TITLE)


def test_a_feed_larger_than_any_is_refused() -> None:
    found = entries(b"<rss>" + bytes(MAX_BYTES), URL)
    assert [fault.reason for fault in found.faults] == ["too_large"]


def test_doubles_are_kept_in_their_order() -> None:
    assert read(rss_of(ITEM + ITEM)).entries == (STORM, STORM)


@pytest.mark.parametrize(
    "payload",
    [
        rss_of(ITEM.replace("&amp;", "&")).encode(),
        b"\xef\xbb\xbf" + rss_of(ITEM).encode(),
        b"\n \n" + rss_of(ITEM).encode(),
        rss_of(ITEM).replace("UTF-8", "UTF-16").encode("utf-16"),
        rss_of(ITEM).replace("UTF-8", "no-such-code").encode(),
        gzip.compress(rss_of(ITEM).encode()),
        rss_of(ITEM.replace("<title>", "<media:title>Picture</media:title><title>")).encode(),
        rss_of(ITEM + "<dc:date>x</dc:date>").encode(),
        b"<!-- <rss> -->" + rss_of(ITEM).encode() + b"\n<!-- made in 3 ms -->",
    ],
)
def test_common_slips_of_writers_do_no_harm(payload: bytes) -> None:
    found = entries(payload, URL)
    assert found.entries[0]._replace(title=STORM.title) == STORM
    assert found.faults == ()


@pytest.mark.parametrize(
    "text",
    [
        rss_of(ITEM)[:-30],
        rss_of(ITEM + ITEM)[: -len(ITEM) - 5],
        rss_of(ITEM.replace("</item>", "")),
        rss_of(ITEM.replace("<pubDate>", "<description><p>one<br>two</description><pubDate>")),
        rss_of(ITEM.replace("<title>", "<title>\x0b")),
        rss_of(ITEM + "<item<<"),
        rss_of("</item>" + ITEM),
    ],
)
def test_a_broken_feed_gives_what_is_whole_and_says_that_it_is_broken(text: str) -> None:
    found = read(text)
    assert found.entries[0] == STORM
    assert "damaged" in {fault.reason for fault in found.faults}


def test_a_break_does_not_cost_later_addresses_their_ampersands() -> None:
    found = read(rss_of("<item><title>a <b> c</title></item>" + ITEM * 3))
    assert found.entries == (STORM, STORM, STORM)


@pytest.mark.parametrize(
    ("charset", "stated"), [("latin-1", "utf-8"), ("cp1252", "iso-8859-1"), ("cp1250", "windows-1250")]
)
def test_a_wrong_or_old_encoding_keeps_its_letters(charset: str, stated: str) -> None:
    text = rss_of(ITEM.replace("bridge", "Brücke Grünloh")).replace("UTF-8", stated)
    assert entries(text.encode(charset), URL).entries[0].title == "Ferry & Brücke Grünloh"


@pytest.mark.parametrize(("stated", "charset"), [("", "iso-8859-2"), (' encoding="iso-8859-2"', None)])
def test_the_charset_of_header_or_declaration_is_used(stated: str, charset: str | None) -> None:
    text = rss_of(ITEM.replace("bridge", "řeka")).replace(' encoding="UTF-8"', stated)
    assert entries(text.encode("iso-8859-2"), URL, charset).entries[0].title == "Ferry & řeka"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html><body><p>Page not found</p></body></html>", "not_a_feed"),
        (b"Service unavailable", "not_a_feed"),
        (b"<urlset><url><loc>https://ferry.example/a</loc></url></urlset>", "not_a_feed"),
        (b'{"error": "quota"}', "not_a_feed"),
        (b'{"items": [', "not_a_feed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not_a_feed"),
    ],
)
def test_what_is_no_feed_is_a_fault(payload: bytes, reason: str) -> None:
    found = entries(payload, URL)
    assert found.entries == ()
    assert reason in {fault.reason for fault in found.faults}


def test_a_json_feed_gives_what_has_an_address() -> None:
    items = [
        {"id": "1", "url": "/a", "title": "Tide", "date_published": "2026-03-01", "date_modified": "2026-03-02"},
        {"id": "https://ferry.example/b", "language": "fr"},
        {"id": "3", "external_url": "https://other.example/c"},
        {"id": "4"},
        {"id": "5", "url": 7, "title": ["x"]},
        "text",
    ]
    found = read(json.dumps({"version": "https://jsonfeed.org/version/1", "language": "en", "items": items}))
    assert found.entries == (
        Entry("https://ferry.example/a", "2026-03-01", "2026-03-02", "Tide", "en"),
        Entry("https://ferry.example/b", language="fr"),
        Entry("https://other.example/c", language="en"),
    )
    assert [(fault.reason, fault.times) for fault in found.faults] == [("no_link", 3)]


def test_more_than_is_read_is_counted() -> None:
    for text in ("<rss>" + "<item/>" * (MAX_ENTRIES + 7) + "</rss>", '{"items": [' + "1," * (MAX_ENTRIES + 6) + "1]}"):
        assert {(fault.reason, fault.times) for fault in read(text).faults} == {
            ("no_link", MAX_ENTRIES),
            ("too_many", 7),
        }


def test_json_that_would_fill_the_memory_is_refused() -> None:
    found = read('{"items": [' + " " * MAX_JSON + "]}")
    assert [fault.reason for fault in found.faults] == ["too_large"]


PIECES = st.sampled_from(
    ["<rss>", "<item>", "</item>", "<entry>", "<link>", "</link>", "<link href='", "'/>", "https://a.example/x", "&amp;", "&",
     "&#", "&#x;", "<![CDATA[", "]]>", "<!--", "-->", "<?xml ", "?>", "<!DOCTYPE a [", "<!ENTITY b 'c'>", "&b;", "<guid>", "<title>",
     "</title>", "<source>", "<x:y xmlns:x='z'>", " xml:base='/b'", "<feed xmlns='http://www.w3.org/2005/Atom'>", "\0", "\x0b", "\ue000",
     "\ue001", "ü", "{", '"items":', "[", "]", "}", "\ufffe", "<"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode())))
def test_no_bytes_raise_and_all_addresses_are_plain(payload: bytes) -> None:
    found = entries(payload, URL)
    assert found == entries(payload, URL)
    assert found.entries or found.faults or b"<" in payload or payload.lstrip().startswith(b"{")
    assert all(entry.url.startswith(("http://", "https://")) for entry in found.entries)
