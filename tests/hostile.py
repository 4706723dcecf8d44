"""Pages written to break an extractor: each six marked paragraphs with something hostile in, around or instead of them."""

import gzip
import random
import zlib
from collections.abc import Callable
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
import zstandard

from pipeline.model import Reason

PARAGRAPHS = tuple(
    f"Paragraph {name} tells how the ferry strike went on that day, what the mayor of the harbour town had to say about "
    f"it, and why nobody on the quay believed a word of the {name} statement."
    for name in ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
)


class Hostile(NamedTuple):
    """How to make an input, and what is right for it: a reason to refuse it, or the flags of an article (None: any)."""

    make: Callable[[], bytes]
    reason: Reason | None = None
    flags: frozenset[str] | None = frozenset()


def page(middle: str = "", head: str = "", before: str = "", after: str = "") -> bytes:
    """Return the page of six paragraphs with something after the third."""
    first, last = ("".join(f"<p>{text}</p>\n" for text in part) for part in (PARAGRAPHS[:3], PARAGRAPHS[3:]))
    return (
        f"<!DOCTYPE html><html><head><title>Ferries</title>{head}</head><body>{before}<article><h1>Ferries stay in port"
        f"</h1>{first}{middle}{last}</article>{after}</body></html>"
    ).encode("utf-8", "surrogatepass")


def many(piece: str, count: int) -> Callable[[], bytes]:
    """Return how to make the page with a piece many times in it, `{n}` numbered."""
    return lambda: page("".join(piece.replace("{n}", str(number)) for number in range(count)))


def within(start: str, end: str, count: int) -> Callable[[], bytes]:
    """Return how to make the page with elements many deep in it."""
    return lambda: page(start * count + "deep" + end * count)


def _bytes() -> bytes:
    return bytes(random.Random(7).randrange(256) for _ in range(200_000))


def _ld(script: str) -> bytes:
    return page(head=f'<script type="application/ld+json">{script}</script>')


def _body(size: int) -> bytes:
    text = "The ferry did not sail. " * (size // 24)
    return _ld('{"@type": "NewsArticle", "headline": "Ferries", "articleBody": "' + text + '"}')


_ENTITIES = "".join(f'<!ENTITY x{n + 1} "{f"&x{n};" * 10}">' for n in range(9))
_LATER = f"<p>{PARAGRAPHS[0]}</p>"
FLAT, OPEN, LOST = (frozenset({flag}) for flag in ("flattened_tree", "unclosed_markup", "truncated_tree"))

INPUTS: dict[str, Hostile] = {
    "plain": Hostile(page),
    "200k sibling divs": Hostile(many("<div>x</div>", 200_000), "too_large"),
    "190k sibling divs": Hostile(many("<div>x {n}</div>", 190_000), None, None),
    "14k short paragraphs and nothing else": Hostile(lambda: b"<div><p>no.</p></div>" * 7000, None, None),
    "190k short paragraphs and nothing else": Hostile(lambda: b"<div><p>no.</p></div>" * 95_000, "empty_body"),
    "190k links and nothing else": Hostile(lambda: b"<li><a href=/x>port of call</a></li>" * 95_000, "empty_body"),
    "190k odd dates": Hostile(many("<div class=date>the {n} of foo, 31. Brumaire</div>", 190_000), None, None),
    "25 MB of paragraphs": Hostile(many(f"<p>{PARAGRAPHS[0]}</p>", 125_000), "too_large"),
    "30k paragraphs": Hostile(many(f"<p>{PARAGRAPHS[0]} {{n}}</p>", 30_000), None, None),
    "table 1000x40": Hostile(
        lambda: page("<table>" + ("<tr>" + "<td>7 boats</td>" * 40 + "</tr>") * 1000 + "</table>"), None, None
    ),
    "table 1000x200": Hostile(
        lambda: page("<table>" + ("<tr>" + "<td>7</td>" * 200 + "</tr>") * 1000 + "</table>"), "too_large"
    ),
    "10 MB paragraph": Hostile(lambda: page("<p>" + "boats at sea " * 800_000 + "</p>"), None, None),
    "10 MB word": Hostile(lambda: page("<p>" + "x" * 10_400_000 + "</p>"), None, None),
    "190k links": Hostile(many("<a href=/{n}>port {n}</a> ", 190_000), None, None),
    "articleBody of 5 MB": Hostile(lambda: _body(5_000_000), None, None),
    "1M <": Hostile(many("<", 1_000_000), None, None),
    "1M <a": Hostile(many("<a", 1_000_000), None, None),
    "1 MB of <a ": Hostile(many("<a \"'", 200_000), None, None),
    "3 MB script": Hostile(lambda: page("<script>" + "if(a<b)c();" * 300_000 + "</script>")),
    "1 MB attribute": Hostile(lambda: page('<p class="' + "x" * 1_000_000 + '">deep</p>')),
    "12 MB attribute": Hostile(lambda: page('<p class="' + "x" * 12_000_000 + '">deep</p>')),
    "20k attributes": Hostile(lambda: page("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">deep</p>")),
    "attributes twice": Hostile(lambda: page("<p class=a class=b id=c id=d>deep</p>")),
    "1 MB of digits": Hostile(many("0123456789", 100_000), None, None),
    "100k dates": Hostile(many("12.03.2021 ", 100_000), None, None),
    "300 deep": Hostile(within("<div>", "</div>", 300), None, FLAT),
    "2000 deep": Hostile(within("<div>", "</div>", 2000), None, FLAT),
    "100k deep": Hostile(within("<div>", "", 100_000), None, FLAT),
    "100k b and i deep": Hostile(within("<b><i>", "", 50_000), None, FLAT),
    "300 tables deep": Hostile(within("<table><tr><td>", "</td></tr></table>", 300), None, FLAT),
    "10k lists deep": Hostile(within("<ul><li>", "</li></ul>", 10_000), None, FLAT),
    "10k open fonts": Hostile(many("<p><font color=red>x", 10_000), None, None),
    "open comment": Hostile(lambda: page("<!-- " + "oops " * 600_000), None, OPEN),
    "250k open comments": Hostile(many("<!--", 250_000), None, OPEN),
    **{
        f"open {name}": Hostile(lambda name=name: page(f"<{name}>"), None, OPEN)  # type: ignore[misc]
        for name in (
            *(
                "script",
                "style",
                "title",
                "textarea",
                "noscript",
                "plaintext",
                "iframe",
                "noembed",
                "template",
                "select",
            ),
            *("svg", "xmp", "object", "video", "button"),
        )
    },
    "script in a comment in a script": Hostile(lambda: page("<script><!-- <script> </script>"), None, OPEN),
    "open quote": Hostile(lambda: page('<a href="/more>'), None, OPEN),
    "quote closed later": Hostile(lambda: page('<a href="/more>', after='<a href="/">home</a>'), None, LOST),
    "comment closed later": Hostile(lambda: page("<!-- ", after="<!-- end -->"), None, LOST),
    "CDATA": Hostile(lambda: page("<![CDATA[ <p>x</p> ]]>")),
    "</html> in the middle": Hostile(lambda: page("</body></html>")),
    "frameset": Hostile(lambda: page(before="<frameset cols=50%><frame src=a></frameset>")),
    "base": Hostile(lambda: page(head="<base href='javascript:1'><base href='//[::bad'>")),
    "NUL": Hostile(lambda: page("a\0b\x01c\x1bd\uffff")),
    "NUL reference": Hostile(lambda: page("a&#0;b&#1;c&#x1b;d&#xffff;e&#0000000000001;")),
    "half a character": Hostile(lambda: page("a &#xD83D; b &#55357; c")),
    "no character": Hostile(lambda: page("&#x110000; &#99999999999999999999; &#x; &#;")),
    "lone surrogates": Hostile(lambda: page("a \ud83d b"), None, None),
    "billion laughs": Hostile(lambda: f'<!DOCTYPE html [<!ENTITY x0 "lol">{_ENTITIES}]>'.encode() + page("&x9;")),
    "UTF-16": Hostile(lambda: page("Fähre").decode().encode("utf-16")),
    "UTF-16 without a mark": Hostile(lambda: page("Fähre").decode().encode("utf-16-le")),
    "UTF-8 declared as Latin-1": Hostile(lambda: page("Fähre", "<meta charset=iso-8859-1>")),
    "Latin-1 declared as UTF-8": Hostile(
        lambda: page("<p>Fähre über Föhr</p>" * 9, "<meta charset=utf-8>").decode().encode("cp1252"), None, None
    ),
    "one byte of windows-1252": Hostile(
        lambda: page("<p>Fähren für Föhr: ä ö ü ß é</p><p>deep</p>").replace(b"deep", b"\x93deep\x94"),
        None,
        frozenset({"replaced_bytes"}),
    ),
    "encoded twice": Hostile(
        lambda: page("<p>" + "Fähren für Föhr".encode().decode("latin-1") + "</p>"), None, frozenset({"mojibake"})
    ),
    "gzip": Hostile(lambda: gzip.compress(page(), mtime=0)),
    "zstd": Hostile(lambda: zstandard.compress(page())),
    "deflate": Hostile(lambda: zlib.compress(page())),
    "brotli": Hostile(lambda: brotli.compress(page())),
    "gzip bomb": Hostile(lambda: gzip.compress(b"<p>" + b" " * 100_000_000, mtime=0), "too_large"),
    "brotli bomb": Hostile(lambda: brotli.compress(b"<p>" + b"\xe4 " * 50_000_000), "too_large"),
    "gzip cut short": Hostile(lambda: gzip.compress(page(), mtime=0)[:-100], "undecodable"),
    "gzip of gzip": Hostile(lambda: gzip.compress(gzip.compress(page(), mtime=0), mtime=0), "not_html"),
    "JPEG": Hostile(lambda: b"\xff\xd8\xff\xe0" + _bytes(), "not_html"),
    "PDF": Hostile(lambda: b"%PDF-1.7\n" + page(), "not_html"),
    "random bytes": Hostile(_bytes, None, None),
    "JSON": Hostile(lambda: b'{"html": "' + page().replace(b'"', b"'") + b'"}', "not_html"),
    "RSS": Hostile(
        lambda: b"<?xml version='1.0'?><rss><channel><item><description>x</description></item></channel></rss>",
        "not_html",
    ),
    "empty": Hostile(lambda: b"", None, None),
    "spaces": Hostile(lambda: b" \n" * 1000, None, None),
    "100k nested arrays": Hostile(lambda: _ld("[" * 100_000)),
    "broken JSON-LD of a live blog": Hostile(
        lambda: _ld(
            '{"@type": "LiveBlogPosting", "liveBlogUpdate": [' + '{"articleBody": "He said "no" \n"},' * 20_000
        ),
        None,
        None,
    ),
}
