"""WARC records as crawlers write them, for tests."""

import base64
import gzip
import hashlib

PAGE = b"<html><body><p>The harbour of Lindenau froze over last night.</p></body></html>"


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(block: bytes, kind: str = "response", number: int = 1, **fields: str | None) -> bytes:
    """A record whose fields can be replaced or, with None, left out: `warc_date=None`."""
    standard: dict[str, str | None] = {
        "warc_type": kind,
        "warc_record_id": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "warc_date": "2026-11-20T06:30:00Z",
        "warc_target_uri": f"https://lindenau.example/{number}.html",
        "content_type": "application/http; msgtype=response" if kind == "response" else "text/html",
        "content_length": str(len(block)),
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (standard | fields).items() if value is not None]
    return "\r\n".join(["WARC/1.0", *lines, "", ""]).encode() + block + b"\r\n\r\n"


def http(body: bytes = PAGE, status: str = "200 OK", **fields: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in ({"content_type": "text/html"} | fields).items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def members(*records: bytes) -> bytes:
    return b"".join(gzip.compress(item, mtime=0) for item in records)


def chunked(body: bytes, size: int = 20) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
