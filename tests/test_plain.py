import codecs
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Article, Capture, Refusal, Source
from pipeline.plain import jsonl_article, text_article

LEAD = "Der Hafen von Nordwick bleibt nach dem Sturm vom Sonntag bis auf Weiteres gesperrt, teilte das Hafenamt mit."
TAIL = "Am Abend soll der Betrieb wieder aufgenommen werden, wenn der Wind bis dahin nachgelassen hat."
POST = "The cranes are standing still https://t.co/aB3dE5fG7hpic.twitter.com/Zz9Yy8Xx7W — Post (@nordwick) 3. März 2019"
TEXTS = Source(id="texte", kind="text", path="texte", timezone="Europe/Berlin")
LINES = Source(id="korpus", kind="jsonl", path="korpus.jsonl", timezone="Europe/Berlin")


def capture(payload: bytes, charset: str | None = None) -> Capture:
    return Capture(
        source_key="1", url=None, final_url=None, captured_at=datetime(2019, 3, 4, tzinfo=UTC), status=None,
        media_type=None, charset=charset, etag=None, last_modified=None, payload=payload, digest="sha256:0",
        filename="0.warc.gz", record_id="urn:uuid:0", offset=0, record_length=0,
    )  # fmt: skip


def article(found: Article | Refusal) -> Article:
    assert isinstance(found, Article), found
    return found


def from_text(text: str, source: Source = TEXTS) -> Article:
    return article(text_article(capture(text.encode()), source))


def from_json(source: Source = LINES, /, **record: Any) -> Article:
    return article(jsonl_article(capture(json.dumps({"text": LEAD} | record).encode()), source))


def refusal(found: Article | Refusal) -> Refusal:
    assert isinstance(found, Refusal)
    return found


def test_a_text_file_loses_its_header_and_its_posts() -> None:
    found = from_text(f" date 2019-03 {LEAD}\n\n{POST}\n\n{TAIL}")
    assert found.article_body == f"{LEAD}\n\n{TAIL}"
    assert found.headline is None
    assert found.published is not None
    assert (found.published.day, found.published.precision, found.published.origin) == (
        date(2019, 3, 1),
        "month",
        "header",
    )
    (post,) = found.embeds
    assert post.char_start == post.char_end == found.article_body.index(TAIL)


def test_a_text_file_is_given_its_language_and_the_publisher_of_its_source() -> None:
    found = from_text(LEAD, Source(id="t", kind="text", path="t", language="fr", publisher="Nordwick Post"))
    assert (found.in_language, found.publisher) == ("de", "Nordwick Post")
    assert found.language_mix == (("de", 1.0),)


def test_the_language_of_the_source_is_the_last_resort() -> None:
    found = from_text("12.345", Source(id="t", kind="text", path="t", language="de-AT"))
    assert (found.in_language, found.language_confidence) == ("de", None)


@pytest.mark.parametrize(
    "payload",
    [
        LEAD.encode(),
        codecs.BOM_UTF8 + LEAD.encode(),
        codecs.BOM_UTF16_LE + LEAD.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LEAD.encode("utf-16-be"),
    ],
)
def test_byte_order_marks_are_obeyed(payload: bytes) -> None:
    assert article(text_article(capture(payload), TEXTS)).article_body == LEAD


def test_a_declared_charset_is_used_when_the_bytes_are_not_utf_8() -> None:
    payload = f"Grüße. {LEAD}".encode("cp1252")
    declared = Source(id="t", kind="text", path="t", charset="cp1252")
    assert article(text_article(capture(payload), declared)).article_body.startswith("Grüße")
    assert article(text_article(capture(payload, "latin-1"), TEXTS)).article_body.startswith("Grüße")


@pytest.mark.parametrize("charset", [None, "no-such-charset", "hex", "idna", "utf-16", "undefined"])
def test_undecodable_bytes_are_refused_with_their_offset(charset: str | None) -> None:
    found = refusal(text_article(capture(b"Gr\xfc\xdfe", charset), TEXTS))
    assert found.reason == "undecodable"
    assert "byte 2 (0xfc)" in found.detail


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty_payload"),
        (b" \n\x00\t", "empty_payload"),
        (b" date 2019-03 ", "empty_body"),
        (POST.encode(), "empty_body"),
    ],
)
def test_texts_without_words_are_refused(payload: bytes, reason: str) -> None:
    assert refusal(text_article(capture(payload), TEXTS)).reason == reason


def test_a_json_line_keeps_its_text_and_marks_its_posts() -> None:
    found = from_json(text=f"{LEAD} \n\n\n{POST}\n\n{TAIL}")
    assert found.article_body == f"{LEAD}\n\n{POST}\n\n{TAIL}"
    (post,) = found.embeds
    assert found.article_body[post.char_start : post.char_end] == POST


def test_usual_keys_of_a_json_corpus_are_understood() -> None:
    found = from_json(
        title="Hafen\n gesperrt",
        summary="Ein Sturm.",
        author=[{"name": "Eva Brandt"}, "Jan Kolb"],
        date="2019-03-03T08:00:00+01:00",
        updated=1551690000,
        url="https://nordwick.example/hafen?utm_source=x",
        source={"name": "Nordwick Post"},
        section="Lokales",
        tags="Hafen, Sturm",
        image=["https://nordwick.example/kran.jpg"],
        lang="deu",
        isAccessibleForFree=False,
    )
    assert (found.headline, found.description, found.article_section) == ("Hafen gesperrt", "Ein Sturm.", "Lokales")
    assert (found.authors, found.keywords) == (("Eva Brandt", "Jan Kolb"), ("Hafen", "Sturm"))
    assert found.published is not None
    assert (found.published.instant, found.published.precision) == (datetime(2019, 3, 3, 7, tzinfo=UTC), "second")
    assert found.modified == datetime(2019, 3, 4, 9, tzinfo=UTC)
    assert (found.canonical_url, found.publisher) == ("https://nordwick.example/hafen", "Nordwick Post")
    assert (found.image_url, found.in_language) == ("https://nordwick.example/kran.jpg", "de")
    assert found.is_accessible_for_free is False


def test_fields_of_the_source_come_before_the_usual_keys() -> None:
    source = Source(id="k", kind="jsonl", path="k", fields={"headline": "meta.kopf", "text": "inhalt"})
    found = from_json(source, inhalt=TAIL, title="falsch", meta={"kopf": "Richtig"})
    assert (found.headline, found.article_body) == ("Richtig", TAIL)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Eva Brandt and Jan Kolb", ("Eva Brandt", "Jan Kolb")),
        ("Eva Brandt, Jan Kolb und Ada Lund", ("Eva Brandt", "Jan Kolb", "Ada Lund")),
        ("By Eva Brandt", ("Eva Brandt",)),
    ],
)
def test_a_line_of_authors_is_taken_apart(line: str, names: tuple[str, ...]) -> None:
    assert from_json(author=line).authors == names


def test_a_declared_language_is_believed_and_an_invalid_one_is_not() -> None:
    assert (from_json(language="nl").in_language, from_json(language="nl").language_confidence) == ("nl", None)
    assert from_json(language="Klingon?").in_language == "de"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "invalid_json"),
        (b"[1, 2]", "invalid_json"),
        (b"null", "invalid_json"),
        (b'{"n": ' + b"9" * 5000 + b"}", "invalid_json"),
        (b"[" * 200_000 + b"]" * 200_000, "too_deep"),
        (b"", "empty_payload"),
        (b" \n", "empty_payload"),
        (b'{"title": "x"}', "missing_text"),
        (b'{"text": 5}', "missing_text"),
        (b'{"text": " \\n "}', "empty_body"),
        (b'{"text": "\xfc"}', "undecodable"),
    ],
)
def test_bad_lines_are_refused_with_a_reason(payload: bytes, reason: str) -> None:
    assert refusal(jsonl_article(capture(payload), LINES)).reason == reason


def test_lone_surrogates_of_json_do_not_reach_the_tables() -> None:
    found = article(jsonl_article(capture(b'{"text": "Ein \\ud83d Satz", "title": "\\udfff"}'), LINES))
    assert (found.article_body, found.headline) == ("Ein Satz", None)


def test_the_first_key_with_words_is_the_text() -> None:
    assert from_json(text={"html": LEAD}, body=TAIL).article_body == TAIL
    assert from_json(text=" \x00 ", body=[TAIL], content=TAIL).article_body == TAIL


@pytest.mark.parametrize(
    ("value", "detail"),
    [([LEAD], "`text` is a JSON list"), ({"a": LEAD}, "`text` is a JSON dict"), (None, "no text in any of")],
)
def test_what_is_no_text_is_refused_by_name(value: object, detail: str) -> None:
    found = refusal(jsonl_article(capture(json.dumps({"text": value}).encode()), LINES))
    assert found.reason == "missing_text"
    assert detail in found.detail


def deep(levels: int) -> bytes:
    return b'{"text": "[[ {", "n": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_how_deep_a_line_may_nest_does_not_depend_on_its_reader() -> None:
    def called_from(depth: int, levels: int) -> str:
        if depth:
            return called_from(depth - 1, levels)
        found = jsonl_article(capture(deep(levels)), LINES)
        return found.reason if isinstance(found, Refusal) else "article"

    assert [called_from(depth, 200) for depth in (0, 300)] == ["article"] * 2
    assert [called_from(depth, 201) for depth in (0, 300)] == ["too_deep"] * 2


SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
KEYS = st.sampled_from(["text", "title", "author", "date", "url", "lang", "source", "tags", "image", "updated"])


@given(st.dictionaries(KEYS, JSON))
def test_any_json_object_is_an_article_or_a_refusal(record: dict[str, Any]) -> None:
    found = jsonl_article(capture(json.dumps(record).encode()), LINES)
    assert isinstance(found, Article | Refusal)


@given(st.binary())
def test_any_bytes_are_an_article_or_a_refusal(payload: bytes) -> None:
    assert isinstance(text_article(capture(payload), TEXTS), Article | Refusal)
    assert isinstance(jsonl_article(capture(payload), LINES), Article | Refusal)
