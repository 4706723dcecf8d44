"""The WARC records that Newsmill makes of documents, and what it says in them. Bytes in, bytes out; no files here.

A document is a `resource` record, a WARC source's or server's record is kept as it is, a document whose bytes the
source had before is a `revisit`, and an address that gave no answer a `metadata` record. `Newsmill-*` fields hold what
a batch is rebuilt from. A WARC source may hold anything in its fields, and ids made here can be foreseen, so a record
that has such fields is never kept as it is.
"""

import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import Literal, cast
from urllib.parse import quote, unquote

from pipeline.model import Document, Reason, Source, Takedown
from pipeline.warc.frames import MAX_HEADER
from pipeline.warc.payload import MAX_PAYLOAD, Fault
from pipeline.warc.record import Header, parse

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "newsmill.invalid")
URN = "urn:newsmill:"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
PREFIX = "Newsmill-"
SOURCE_KEY = f"{PREFIX}Source-Key"
FAULT = f"{PREFIX}Fault"
ROBOTS = f"{PREFIX}Robots"
STATED_DATE = f"{PREFIX}Stated-Date"
PART_OF = f"{PREFIX}Part-Of"
TAKEN_DOWN = f"{PREFIX}Taken-Down"
ARTICLE_ID = f"{PREFIX}Article-ID"
REFERS_TO_FILE = "WARC-Refers-To-Filename"
REFERS_TO_OFFSET = "WARC-Refers-To-File-Offset"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_VERSION = re.compile(r"WARC/\d\.\d+$", re.ASCII)

Fields = list[tuple[str, str]]


def record_id(batch_id: str, source_key: str) -> str:
    """Return the id of a capture's record: the same whenever and wherever it is written."""
    return f"<urn:uuid:{uuid.uuid5(NAMESPACE, f'{batch_id} {source_key}')}>"


def digest(payload: bytes) -> str:
    """Return `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(payload).hexdigest()


def resource(document: Document, source: Source, batch_id: str, date: datetime) -> bytes:
    """Return a record that holds the document's payload, and its fault if it has one."""
    claimed = digest(document.payload)
    fields = [
        *_begin("resource", document, batch_id, date),
        ("WARC-Target-URI", _target(document, source)),
        *_content_type(document),
        ("WARC-Block-Digest", claimed),
        ("WARC-Payload-Digest", claimed),
    ]
    return compose(fields, document.payload)


def revisit(
    document: Document,
    source: Source,
    batch_id: str,
    date: datetime,
    original: Header,
    payload_digest: str,
    filename: str,
    offset: int,
) -> bytes:
    """Return a record that refers to the one with that header and digest, at that place below raw/, for its payload."""
    # A WARC source's HTTP header is kept as the block: the original's may have another status or ETag.
    http_header = parse(document.record).http_header if document.record is not None else b""
    fields = [
        *_begin("revisit", document, batch_id, date),
        ("WARC-Target-URI", _target(document, source)),
        *([("Content-Type", "application/http; msgtype=response")] if http_header else _content_type(document)),
        ("WARC-Payload-Digest", payload_digest),
        ("WARC-Profile", NOT_MODIFIED if document.not_modified else SAME_PAYLOAD),
        ("WARC-Refers-To", original.record_id or ""),
        ("WARC-Refers-To-Target-URI", original.url or ""),
        ("WARC-Refers-To-Date", _written(original.date or date)),
        (REFERS_TO_FILE, quote(filename)),
        (REFERS_TO_OFFSET, str(offset)),
    ]
    if document.record is not None and (address := parse(document.record).header.fields.get("warc-ip-address")):
        fields.append(("WARC-IP-Address", address))
    return compose(fields, http_header)


def silence(document: Document, source: Source, batch_id: str, date: datetime) -> bytes:
    """Return a record that says why an address gave no answer."""
    reason, detail = document.fault or ("no_payload", "")
    block = f"outcome: {reason}\r\ndetail: {_value(detail)}\r\n".encode()
    fields = [
        *_begin("metadata", document, batch_id, date),
        ("WARC-Target-URI", _target(document, source)),
        ("Content-Type", "application/warc-fields"),
        ("WARC-Block-Digest", digest(block)),
    ]
    return compose(fields, block)


def exchanged(
    kind: Literal["request", "response"], block: bytes, url: str, address: str, date: datetime, key: str, part_of: str
) -> bytes:
    """Return what was sent to or received from a server, byte for byte, as a record beside that of a capture."""
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id(part_of, f"{kind} {key}")),
        ("WARC-Date", _written(date)),
        ("WARC-Target-URI", url),
        ("WARC-IP-Address", address),
        ("Content-Type", f"application/http; msgtype={kind}"),
        ("WARC-Block-Digest", digest(block)),
        *([("WARC-Payload-Digest", digest(block.partition(b"\r\n\r\n")[2]))] if kind == "response" else []),
        ("WARC-Concurrent-To", part_of),
        (PART_OF, part_of),
    ]
    return compose(fields, block)


def kept(document: Document, data: bytes, source: Source, batch_id: str, date: datetime) -> bytes:
    """Return a source's own record: as it is if its id is the document's key and it has a date, else with ours.

    Its fields named like ours are left out. If its header then were too long to be read, the record becomes the payload
    of one with a fault.
    """
    record = parse(data)
    theirs = {name: value for name, value in record.header.fields.items() if not name.startswith(PREFIX.lower())}
    if (
        record.header.record_id == document.source_key
        and record.header.date
        and len(theirs) == len(record.header.fields)
    ):
        return data
    fields = _begin(record.header.kind, document, batch_id, date)
    ours = {name.lower() for name, _ in fields} | {"content-length"}
    if theirs.get("warc-concurrent-to") == fields[1][1]:
        ours.add("warc-concurrent-to")
    written = compose(fields + [item for item in theirs.items() if item[0] not in ours], record.block)
    if len(written) - len(record.block) <= MAX_HEADER:
        return written
    fault = document.fault or ("damaged_record", f"with our fields its header has more than {MAX_HEADER} bytes")
    return resource(document._replace(payload=data[:MAX_PAYLOAD], fault=fault), source, batch_id, date)


def identifying(record_id: str, date: datetime, source_key: str, url: str | None) -> Fields:
    """Return the fields by which a capture is known, for one whose own record cannot be read any more."""
    return [
        ("WARC-Record-ID", record_id),
        ("WARC-Date", _written(date)),
        (SOURCE_KEY, quote(source_key)),
        ("WARC-Target-URI", url or ""),
    ]


def compose(fields: Fields, block: bytes) -> bytes:
    """Return a record of these fields and that block, with its Content-Length."""
    lines = [f"{name}: {_value(value)}" for name, value in [*fields, ("Content-Length", str(len(block)))]]
    return "\r\n".join(["WARC/1.1", *lines, "", ""]).encode() + block + b"\r\n\r\n"


def source_key(header: Header, batch_id: str) -> str | None:
    """Return the source key that we wrote into a record of this batch; None if the record is a WARC source's own."""
    key = unquote(header.fields.get(SOURCE_KEY.lower(), ""))
    return key if key and header.record_id == record_id(batch_id, key) else None


def url(header: Header) -> str | None:
    """Return the document's URL; None where the record has our substitute for one."""
    return None if (header.url or "").startswith(URN) else header.url


def fault(header: Header) -> Fault | None:
    """Return the fault that we wrote into a record."""
    reason, _, detail = header.fields.get(FAULT.lower(), "").partition(" ")
    return (cast(Reason, reason), unquote(detail)) if reason else None


def note(header: Header, name: str) -> str | None:
    """Return what we noted in a field of a record."""
    value = header.fields.get(name.lower())
    return unquote(value) if value else None


def taken_down(header: Header) -> Takedown | None:
    """Return what a record says of its capture's takedown, None if it says nothing of one."""
    tombstone = note(header, TAKEN_DOWN)
    return Takedown(tombstone, note(header, ARTICLE_ID)) if tombstone else None


def refers_to(header: Header) -> tuple[str, int] | None:
    """Return file (relative to raw/) and offset of a revisit's original; None if it does not say."""
    filename, offset = header.fields.get(REFERS_TO_FILE.lower()), header.fields.get(REFERS_TO_OFFSET.lower(), "")
    if not filename or "%00" in filename or not re.fullmatch(r"[0-9]{1,18}", offset):
        return None
    return unquote(filename), int(offset)


def _begin(kind: str, document: Document, batch_id: str, date: datetime) -> Fields:
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id(batch_id, document.source_key)),
        ("WARC-Date", _written(date)),
        (SOURCE_KEY, quote(document.source_key)),
    ]
    fields += [(name, quote(value)) for name, value in document.notes]
    return fields + ([(FAULT, f"{document.fault[0]} {quote(document.fault[1])}")] if document.fault else [])


def _value(value: str) -> str:
    """A line that ends as the first line of a record would be taken for one, so it gets a blank that no reader sees."""
    line = _CONTROL.sub(" ", value)
    return f"{line} " if _VERSION.search(line) else line


def _target(document: Document, source: Source) -> str:
    return document.url or f"{URN}{source.id}:{quote(document.source_key, safe='')}"


def _content_type(document: Document) -> Fields:
    charset = f"; charset={document.charset}" if document.charset else ""
    return [("Content-Type", document.media_type + charset)] if document.media_type else []


def _written(date: datetime) -> str:
    return date.astimezone(UTC).isoformat().replace("+00:00", "Z")
