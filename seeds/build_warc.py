"""Writes crawl/*.warc.gz from crawl/pages: record types and HTTP encodings of real crawls, the same bytes each time."""

import base64
import gzip
import hashlib
import struct
import uuid
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
import zstandard

CRAWL = Path(__file__).parent / "crawl"
LISSE = "https://www.lisse-matin.example"
GAZETTE = "https://halmouthgazette.example"
BOTE = "http://www.oberarle-bote.example"
TERN = "https://www.dailytern.example"
ANZEIGER = "https://steinmoor-anzeiger.example"


def plain(body: bytes) -> bytes:
    """Return the body as it is."""
    return body


def gzipped(body: bytes) -> bytes:
    """Return the body as one gzip member without a time stamp."""
    return gzip.compress(body, mtime=0)


def chunked(body: bytes) -> bytes:
    """Return the body in HTTP chunks of at most 700 bytes."""
    pieces = [body[start : start + 700] for start in range(0, len(body), 700)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


class Page(NamedTuple):
    """A page of crawl/pages, where and when it was fetched, and how its body travelled."""

    name: str
    url: str
    date: str
    header: Mapping[str, str]
    encode: Callable[[bytes], bytes] = plain


HTML = {"Content-Type": "text/html; charset=utf-8"}
LATIN = {"Content-Type": "text/html; charset=ISO-8859-1"}

PAGES = (
    Page(
        "lisse-matin-crue",
        f"{LISSE}/regions/crue-haute-lisse-evacuations",
        "2026-03-01T02:10:04Z",
        HTML | {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "ETag": '"crue-3"'},
        lambda body: chunked(gzipped(body)),
    ),
    Page(
        "lisse-matin-proces",
        f"{LISSE}/justice/proces-faux-tableaux-verdict",
        "2026-03-01T02:10:09Z",
        HTML | {"Content-Encoding": "br"},
        lambda body: bytes(brotli.compress(body, quality=9)),
    ),
    Page(
        "gazette-lifeboat",
        f"{GAZETTE}/2026/02/lifeboat-crew-rescues-nineteen/",
        "2026-03-01T02:11:30Z",
        HTML | {"Last-Modified": "Fri, 27 Feb 2026 15:33:00 GMT"},
    ),
    Page(
        "gazette-hoard",
        f"{GAZETTE}/2026/02/bronze-hoard-under-bowling-green/",
        "2026-03-01T02:11:41Z",
        HTML | {"Content-Encoding": "zstd"},
        lambda body: zstandard.compress(body, 9),
    ),
    Page("bote-wolf", f"{BOTE}/lokal/wolf.html", "2026-03-01T02:12:02Z", LATIN | {"Content-Encoding": "gzip"}, gzipped),
    Page(
        "tern-chip-plant",
        f"{TERN}/business/veldania-chip-plant-shelved?utm_source=crawl",
        "2026-03-01T02:13:17Z",
        HTML | {"Transfer-Encoding": "chunked"},
        chunked,
    ),
)


def record(kind: str, date: str, block: bytes, url: str | None = None, **fields: str) -> bytes:
    """Return one WARC/1.1 record; its id is a hash of what it says. A `_` in a field's name is a `-`."""
    head = {"WARC-Type": kind, "WARC-Date": date, "WARC-Block-Digest": sha1(block)}
    head |= {"WARC-Target-URI": url} if url else {}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    head["WARC-Record-ID"] = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind} {date} {url} {sha1(block)}')}>"
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join(["WARC/1.1", *lines, f"Content-Length: {len(block)}", "", ""]).encode() + block + b"\r\n\r\n"


def response(date: str, url: str, status: str, header: Mapping[str, str], body: bytes, **fields: str) -> bytes:
    """Return a response record; the length of a chunked body is in its chunks."""
    length = {} if "Transfer-Encoding" in header else {"Content-Length": str(len(body))}
    block = http(f"HTTP/1.1 {status}", {**header, **length}) + body
    return record("response", date, block, url, Content_Type="application/http;msgtype=response", **fields)


def http(first: str, header: Mapping[str, str]) -> bytes:
    """Return the head of an HTTP message."""
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in header.items()), "", ""]).encode()


def sha1(data: bytes) -> str:
    """Return a digest as crawlers write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def page(name: str) -> bytes:
    """Return the bytes of one of the pages."""
    return (CRAWL / "pages" / f"{name}.html").read_bytes()


def warcinfo(filename: str) -> bytes:
    """Return the record that a crawl begins with."""
    block = b"software: seeds/build_warc.py\r\nformat: WARC File Format 1.1\r\n"
    return record(
        "warcinfo", "2026-03-01T02:10:00Z", block, Content_Type="application/warc-fields", WARC_Filename=filename
    )


def fetched(item: Page) -> list[bytes]:
    """Return request and response of a page."""
    _, _, host, path = item.url.split("/", 3)
    ask = http(f"GET /{path} HTTP/1.1", {"Host": host, "Accept-Encoding": "gzip, br, zstd"})
    body = item.encode(page(item.name))
    digest = {} if "Transfer-Encoding" in item.header else {"WARC_Payload_Digest": sha1(body)}
    return [
        record("request", item.date, ask, item.url, Content_Type="application/http;msgtype=request"),
        response(item.date, item.url, "200 OK", item.header, body, **digest),
    ]


def others() -> list[bytes]:
    """Return the records that are no articles, and three that need care: resource, wrong digest, revisit."""
    hoard = PAGES[3].url
    revisited = http("HTTP/1.1 304 Not Modified", {"ETag": '"8c1"'})
    gone = b"<html><head><title>404</title></head><body><h1>Seite nicht gefunden</h1></body></html>"
    return [
        record(
            "metadata", "2026-03-01T02:11:42Z", b"fetchTimeMs: 212\r\n", hoard, Content_Type="application/warc-fields"
        ),
        record(
            "resource",
            "2026-03-01T02:12:30Z",
            page("bote-feuerwehr"),
            f"{BOTE}/vereine/feuerwehr.html",
            Content_Type="text/html; charset=ISO-8859-1",
        ),
        response(
            "2026-03-01T02:12:40Z",
            f"{BOTE}/lokal/kapelle.html",
            "200 OK",
            LATIN,
            page("bote-kapelle"),
            WARC_Payload_Digest=sha1(b"what the crawler saw before the disk failed"),
        ),
        response("2026-03-01T02:12:50Z", f"{BOTE}/lokal/markt-2019.html", "404 Not Found", HTML, gone),
        response("2026-03-01T02:13:00Z", f"{TERN}/chips", "301 Moved Permanently", {"Location": PAGES[5].url}, b""),
        response(
            "2026-03-01T02:13:30Z", f"{TERN}/files/levy.pdf", "200 OK", {"Content-Type": "application/pdf"}, pdf()
        ),
        response("2026-03-01T02:13:31Z", f"{TERN}/static/tern.png", "200 OK", {"Content-Type": "image/png"}, png()),
        record(
            "revisit",
            "2026-03-01T02:14:00Z",
            revisited,
            f"{TERN}/world/seals",
            Content_Type="application/http;msgtype=response",
            WARC_Profile="http://netpreserve.org/warc/1.1/revisit/server-not-modified",
            WARC_Refers_To=f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'a record of another crawl')}>",
        ),
    ]


def pdf() -> bytes:
    """Return a small PDF of one empty page."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    )
    data, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 4\n0000000000 65535 f \n" + table + tail


def png() -> bytes:
    """Return a PNG of one grey pixel."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def crawl() -> list[bytes]:
    """Return the members of the whole crawl."""
    records = [record for item in PAGES for record in fetched(item)]
    return [gzipped(record) for record in [warcinfo("crawl-20260301.warc.gz"), *records, *others()]]


def truncated() -> list[bytes]:
    """Return the members of a crawl that was cut off while its last record was written."""
    cranes = Page("steinmoor-anzeiger-kraniche", f"{ANZEIGER}/natur/kraniche.html", "2026-03-01T02:20:05Z", HTML)
    library = Page(
        "tern-library-fine", f"{TERN}/world/library-book-returned-after-91-years", "2026-03-01T02:20:11Z", HTML
    )
    members = [
        gzipped(record) for record in [warcinfo("crawl-20260301-cut.warc.gz"), *fetched(cranes), *fetched(library)]
    ]
    return [*members[:-1], members[-1][: len(members[-1]) * 2 // 3]]


def main() -> None:
    """Write both files."""
    (CRAWL / "crawl-20260301.warc.gz").write_bytes(b"".join(crawl()))
    (CRAWL / "crawl-20260301-cut.warc.gz").write_bytes(b"".join(truncated()))


if __name__ == "__main__":
    main()
