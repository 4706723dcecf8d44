"""Hostile markup is read in time and memory that grow with its size, and reads nothing else."""

import socket
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.readers.markup import MAX_EQUALS, MAX_MARKUP, MAX_VALUE, MAX_VALUES, read_markup

URL = "https://ferry.example/feed"
ITEM = "<item><title>{}</title><link>/a</link></item>"


def test_entities_are_neither_expanded_nor_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    for declared in (f'SYSTEM "{secret.as_uri()}"', 'SYSTEM "http://127.0.0.1:9/"', '"swordfish"'):
        head = f"<!DOCTYPE rss [<!ENTITY a {declared}><!ENTITY % b {declared}> %b;]>"
        found = read_markup(f"{head}<rss>{ITEM.format('&a;')}</rss>", URL)
        assert [item.text("title") for item in found.items] == ["&a;"]
        assert "swordfish" not in str(found)


def test_a_document_type_gives_no_element_attributes() -> None:
    found = read_markup(f"<!DOCTYPE rss [<!ATTLIST link href CDATA 'https://evil.example/'>]><rss>{ITEM}</rss>", URL)
    assert found.items[0].values["link"][0].attributes == {}


def test_a_billion_laughs_stay_one_line() -> None:
    names = "abcdefghij"
    nested = "".join(f'<!ENTITY {own} "{f"&{other};" * 10}">' for own, other in zip(names[1:], names, strict=False))
    found = read_markup(f'<!DOCTYPE rss [<!ENTITY a "ha">{nested}]><rss>{ITEM.format("&j;")}</rss>', URL)
    assert found.items[0].text("title") == "&j;"


def test_more_tags_than_any_sitemap_needs_are_refused() -> None:
    for text in ("<rss>" + "<a/>" * MAX_MARKUP, "<rss" + " a=''" * (MAX_EQUALS + 1) + "/>"):
        assert [fault.reason for fault in read_markup(text, URL).faults] == ["too_large"]


def test_depth_is_survived() -> None:
    found = read_markup("<rss>" + ITEM + "<x>" * 200_000 + ITEM, URL)
    assert len(found.items) == 1
    assert [fault.reason for fault in found.faults] == ["damaged"]


def test_a_thousand_items_may_break_in_the_same_place() -> None:
    text = "".join(f"<item><description><p>x<br>y</description><link>/{number}</link></item>" for number in range(500))
    assert [item.text("link") for item in read_markup("<rss>" + text, URL).items] == [f"/{n}" for n in range(500)]


def test_what_is_aside_ends_with_its_item() -> None:
    found = read_markup("<rss><item><source><link>/no</link><item><link>/a</link></item></rss>", URL)
    assert [item.text("link") for item in found.items] == [None, "/a"]


def test_characters_that_xml_forbids_end_nothing() -> None:
    found = read_markup("<rss>\0<item><title>a\0b\x0b\ud800c</title><link>/a</link></item></rss>", URL)
    assert [(item.text("title"), item.text("link")) for item in found.items] == [("ab?c", "/a")]


def test_values_are_bounded_in_length_and_number() -> None:
    found = read_markup(
        "<rss><item><title>" + "x<b/>" * 99 + f"<![CDATA[{'x' * 9000}]]>" + "</title>" + "<link>/a</link>" * 99, URL
    )
    assert len(found.items[0].text("title") or "") == MAX_VALUE
    assert len(found.items[0].values["link"]) == MAX_VALUES


def test_a_base_that_is_broken_or_endless_is_none() -> None:
    for base in ("http://[::1", "http://a.example/" + "a" * MAX_VALUE):
        assert read_markup(f"<rss xml:base='{base}'>{ITEM}</rss>", URL).items[0].base == URL
    nested = "".join(f"<a xml:base='{'a' * 100}/'>" for _ in range(200))
    assert len(read_markup(f"<rss>{nested}{ITEM}", URL).items[0].base) <= MAX_VALUE


HOSTILE: dict[str, Callable[[int], str]] = {
    "open items": lambda n: "<rss>" + "<item>" * n,
    "brackets": lambda n: "<rss>" + "<" * n,
    "ampersands": lambda n: "<rss><item><title>" + "&" * n,
    "references": lambda n: "<rss><item><title>" + "&#" * n,
    "sections": lambda n: "<rss>" + "<![CDATA[" * n,
    "closed sections": lambda n: "<rss><item><title>" + "<![CDATA[x]]>" * n,
    "comments": lambda n: "<rss>" + "<!--" * n,
    "instructions": lambda n: "<rss>" + "<?x " * n,
    "declarations": lambda n: "<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * n,
    "attributes": lambda n: "<rss " + " ".join(f"a{number}='1'" for number in range(n)) + ">",
    "doubled attributes": lambda n: "<rss " + "a='1' " * n + ">",
    "namespaces": lambda n: "<rss " + " ".join(f"xmlns:a{number}='b'" for number in range(n // 8)) + ">" + "<a/>" * n,
    "bases": lambda n: "<rss>" + "<a xml:base='aaaaaaaa/'>" * n,
    "ends": lambda n: "<rss>" + "</item>" * n,
    "fields": lambda n: "<rss><item>" + "<link>x</link>" * n,
    "text": lambda n: "<rss><item><title>" + "word " * n,
    "no markup": lambda n: "<" + "x" * n,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_four_times_the_size_takes_hardly_more_than_four_times_the_work(make: Callable[[int], str]) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        read_markup(text, URL)
        return time.process_time() - start

    small, large = make(25_000), make(100_000)
    base = min(seconds(small) for _ in range(3))
    assert min(seconds(large) for _ in range(3)) < 0.05 + 10 * base


def test_what_is_not_wanted_is_not_kept() -> None:
    text = "<rss>" + "<item><link>/a</link><description>" + "word " * 2_000_000 + "</description></item></rss>"
    read_markup(text, URL)
    tracemalloc.start()
    found = read_markup(text, URL)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert found.items[0].text("link") == "/a"
    assert kept < 100_000
