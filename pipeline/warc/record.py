"""What a WARC record says: header, HTTP message, payload, and whether its own digests fit. No files here."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from pipeline.text.rights import SIGNALS
from pipeline.warc.frames import MAX_HEADER, content_length
from pipeline.warc.payload import Fault, dechunk, decode

DOCUMENTS = ("response", "resource", "revisit")
NO_DOCUMENTS = ("dns:", "whois:")  # what crawlers keep of name servers, as response or resource records
MAX_URL = 8192
MAX_VALIDATOR = 1024  # an ETag or Last-Modified; a part of one would be another
MAX_SHOWN = 200
MOST_SIGNALS = 20
YEARS = range(1990, 2200)

_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLDED = re.compile(r"\r?\n[ \t]+")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})")
_MEDIA_TYPE = re.compile(r"\s*([\w.!#$&^+-]{1,100}/[\w.!#$&^+-]{1,100})\s*(?:;|$)", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,1024}")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE | re.ASCII)
_DIGESTS = {"md5": "md5", "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512"}


class Header(NamedTuple):
    """A record's header: fields by lower-case name, and those that every document needs, None if missing or invalid."""

    fields: Mapping[str, str]
    kind: str
    record_id: str | None
    url: str | None
    date: datetime | None

    @property
    def is_document(self) -> bool:
        """Whether the record holds, or refers to, something that was published."""
        return self.kind in DOCUMENTS and not (self.url or "").startswith(NO_DOCUMENTS)


class Record(NamedTuple):
    """A record with its payload free of HTTP header and encodings; `fault` says what is wrong with it.

    `block` is as stored, `http_header` its beginning up to the blank line if it is an HTTP message.
    """

    header: Header
    block: bytes
    http_header: bytes
    payload: bytes
    status: int | None
    media_type: str | None
    charset: str | None
    etag: str | None
    last_modified: str | None
    rights: tuple[tuple[str, str], ...]
    fault: Fault | None


def header(data: bytes) -> Header:
    """Return the header of a record; what is missing or malformed is None or empty."""
    fields = _fields(_split(data)[0])
    record_id = fields.get("warc-record-id", "")
    url = _BLANK.sub("%20", fields.get("warc-target-uri", "").removeprefix("<").removesuffix(">"))  # wget writes <url>
    return Header(
        fields=fields,
        kind=fields.get("warc-type", "").lower(),
        record_id=record_id if _ID.fullmatch(record_id) else None,
        url=url if 0 < len(url) <= MAX_URL else None,
        date=instant(fields.get("warc-date", "")),
    )


def parse(data: bytes) -> Record:
    """Return what a whole record says; never raises: what is wrong is its `fault`."""
    head = header(data)
    block = _block(data)
    is_http = head.kind != "resource" and block.startswith(b"HTTP/")
    http_header, body = _split(block) if is_http else (b"", block)
    http = _fields(http_header)
    payload, fault = decode(body, http.get("transfer-encoding", ""), http.get("content-encoding", ""))
    media_type, charset = content_type(http.get("content-type", "") if is_http else head.fields.get("content-type", ""))
    status = _STATUS.match(http_header)
    return Record(
        header=head,
        block=block,
        http_header=http_header,
        payload=payload,
        status=int(status[1]) if status else None,
        media_type=media_type,
        charset=charset,
        etag=_validator(http.get("etag")),
        last_modified=_validator(http.get("last-modified")),
        rights=tuple(_signals(http_header)),
        fault=_unusable(head, block, http_header) or _altered(head, block) or fault or _other(head, body, payload),
    )


def content_type(value: str) -> tuple[str | None, str | None]:
    """Return media type and charset of a Content-Type, lower case; None for what is missing."""
    media_type, charset = _MEDIA_TYPE.match(value), _CHARSET.search(value)
    return media_type[1].lower() if media_type else None, charset[1].lower() if charset else None


def instant(text: str) -> datetime | None:
    """Return the UTC instant of an ISO 8601 date or time, UTC if it names no zone; None if it is no such."""
    try:
        value = datetime.fromisoformat(text.strip())
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return value if value.year in YEARS else None


def _block(data: bytes) -> bytes:
    head, rest = _split(data)
    return rest[: content_length(head)]


def _split(message: bytes) -> tuple[bytes, bytes]:
    end = _BLANK_LINE.search(message, 0, MAX_HEADER)
    return (message[: end.end()], message[end.end() :]) if end else (message[:MAX_HEADER], b"")


def _signals(http_header: bytes) -> Iterator[tuple[str, str]]:
    """Yield the headers that may reserve rights, each as often as it was sent, up to MOST_SIGNALS."""
    lines = _FOLDED.sub(" ", http_header.decode("latin-1")).split("\n")[1:]
    pairs = ((name.strip().lower(), value.strip()) for name, colon, value in (line.partition(":") for line in lines))
    yield from islice(((name, value[:MAX_VALIDATOR]) for name, value in pairs if name in SIGNALS), MOST_SIGNALS)


def _validator(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_VALIDATOR else None


def _fields(head: bytes) -> dict[str, str]:
    """Headers should be UTF-8 or ASCII; Latin-1 can read what is neither."""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    fields: dict[str, str] = {}
    for line in _FOLDED.sub(" ", text).split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _unusable(head: Header, block: bytes, http_header: bytes) -> Fault | None:
    if head.kind == "revisit":
        original = (head.fields.get("warc-refers-to") or head.url or "a record it does not name")[:MAX_SHOWN]
        return "no_payload", f"a revisit of {original}; its original was not looked for"
    if "warc-segment-number" in head.fields:
        return "damaged_record", "one segment of a record that was split"
    is_http = head.kind == "response" and head.fields.get("content-type", "").startswith("application/http")
    if (is_http and not block.startswith(b"HTTP/")) or (http_header and not _BLANK_LINE.search(http_header)):
        return "damaged_record", "a response without an HTTP header"
    return None


def _altered(head: Header, block: bytes) -> Fault | None:
    claimed = head.fields.get("warc-block-digest", "")
    return None if _fits(claimed, block) else ("digest_mismatch", f"the block is not what {claimed[:80]} says")


def _other(head: Header, body: bytes, payload: bytes) -> Fault | None:
    # Crawlers disagree on whether a payload digest is taken before or after decoding, so any of three forms will do.
    claimed = head.fields.get("warc-payload-digest", "")
    fits = _fits(claimed, body) or _fits(claimed, payload) or _fits(claimed, dechunk(body)[0])
    return None if fits else ("digest_mismatch", f"the payload is not what {claimed[:80]} says")


def _fits(claimed: str, data: bytes) -> bool:
    """Return whether data has the digest; what cannot be checked fits: none, an unknown algorithm or notation."""
    algorithm, _, value = claimed.strip().partition(":")
    name = _DIGESTS.get(algorithm.strip().lower())
    if name is None:
        return True
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    forms = {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}
    value = value.strip().rstrip("=").lower()
    return value in forms or len(value) not in {len(form) for form in forms}
