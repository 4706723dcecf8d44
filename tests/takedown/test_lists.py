"""Which feeds and sitemaps name an article, in whatever way they write its address."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import archive, blanking
from pipeline.model import Takedown
from pipeline.takedown import lists
from pipeline.warc import ours
from pipeline.warc.frames import frames

ADDRESS = "https://post.example/a?id=7&part=2"
HEADLINE = "Moorbrand frisst sich bis an den Ulmensee"
GONE = Takedown("5e" * 32, None)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def named(path: Path, *bodies: bytes) -> list[int]:
    """Return the numbers of the lists that name the article."""
    part_of = ours.record_id("post-2026-03-01", "https://post.example/feed.xml")
    records = [
        ours.exchanged("response", b"HTTP/1.1 200 OK\r\n\r\n" + body, "https://post.example/feed.xml", "192.0.2.1", NOW,
                       str(number), part_of)
        for number, body in enumerate(bodies)
    ]  # fmt: skip
    archive.keep(path, records)
    offsets, size = [], 0
    for record in records:
        offsets.append(size)
        archive.keep(path.with_name("one.warc.gz"), [record])
        size += path.with_name("one.warc.gz").stat().st_size
    [(_, found)] = lists.marks([path], {ADDRESS, HEADLINE, "/a", "https://post.example/"}, GONE)
    return [offsets.index(mark.offset) for mark in found]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><item><link>https://post.example/a?id=7&amp;part=2</link></item></rss>",
        b"<rss><item><description>&lt;a href='https://post.example/a?id=7&amp;amp;part=2'&gt;</description></item></rss>",
        rb'{"items": [{"url": "https:\/\/post.example\/a?id=7&part=2"}]}',
        "https://post.example/a?id=7&part=2\n".encode("utf-16"),
        b"<title>Moorbrand frisst sich\n  bis an den Ulmensee</title>",
    ],
)
def test_an_article_is_found_in_a_list_that_names_it(tmp_path: Path, body: bytes) -> None:
    assert named(tmp_path / "lists.warc.gz", b"<rss/>", body) == [1]


def test_a_list_that_was_damaged_since_goes_where_it_may_name_the_article(tmp_path: Path) -> None:
    path = tmp_path / "lists.warc.gz"
    named(path, b"<rss/>", b"<rss>another</rss>")
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        places = [(frame.start, frame.end) for frame in frames(file)]
    data[sum(places[1]) // 2] ^= 255
    path.write_bytes(data)
    [(_, elsewhere)], [(_, found)] = (lists.marks([path], {ADDRESS}, GONE, suspect) for suspect in ([], [path]))
    assert elsewhere == []
    assert [(mark.offset, mark.offset + mark.length) for mark in found] == [places[1]]
    blanking.blank_out(path, found)
    assert list(lists.marks([path], {ADDRESS}, GONE, [path])) == [(path, [])]
    assert list(archive.damaged(path)) == []


def test_other_addresses_are_not_taken_for_it(tmp_path: Path) -> None:
    others = b"<link>https://post.example/a?id=7&amp;part=22</link><link>https://post.example/about</link>"
    assert named(tmp_path / "lists.warc.gz", others, b"<rss/>") == []
