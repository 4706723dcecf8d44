"""Every offset of every row points at what the row says, in any text; rows of all tables at once, as a stage makes them."""

import unicodedata
from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.embeds import cut_posts, find_posts
from pipeline.text.normalise import fold
from pipeline.text.reading import Span
from tests.fields.gold import LANGUAGES, read_cases
from tests.fields.measures import Mined, mine

LINES = [line for language in LANGUAGES for case in read_cases(language) for line in case.text.split("\n\n")] + [
    "Wie der „Elbbote“ unter Berufung auf Retter meldet, wurden neun Segler geborgen."
]
ODD = ["\n\n", " ", "\u00a0", "\u00ad", "e\u0301", "𝕏", "😀", "\u200b", "\ufffc", "\x1e", "„", "“", "”", '"', "«", "»", "’", "- ", "İ", "ß", "ﬁ", "٣", "½", "²", " — Hafen (@hafen) 3. März 2021\n"]  # fmt: skip
# Whole and torn sentences of news among odd characters and random text.
TEXTS = st.lists(
    st.sampled_from(LINES)
    | st.builds(lambda line, cut: line[cut:], st.sampled_from(LINES), st.integers(0, 80))
    | st.builds(lambda line, cut: line[:cut], st.sampled_from(LINES), st.integers(0, 80))
    | st.sampled_from(ODD)
    | st.text(max_size=20),
    max_size=12,
).map("".join)
MASKS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=2)


def wrong_offsets(text: str, found: Mined) -> list[str]:
    """Return which rows of a text do not say what stands at their offsets."""
    return [*_wrong_spans(text, found), *_wrong_speakers(text, found), *_wrong_numbers(found)]


def _wrong_spans(text: str, found: Mined) -> Iterator[str]:
    for rows, column in ((found.quotes, "quotation"), (found.claims, "raw_text"), (found.names, "surface")):
        for row in rows:
            start, end = row["char_start"], row["char_end"]
            if not 0 <= start < end <= len(text) or row[column] != text[start:end] or not row[column].strip():
                yield f"{column} {row[column]!r} at {start}:{end}"


def _wrong_speakers(text: str, found: Mined) -> Iterator[str]:
    for row in found.quotes:
        surface, start = row["speaker_surface"], row["speaker_start"]
        told = [row[name] is None for name in ("speaker_surface", "speaker_start", "attribution_method", "attribution_confidence")]  # fmt: skip
        if len(set(told)) > 1 or (row["speaker"] and start is None):
            yield f"half a speaker: {row}"
        if start is not None and not (surface and start >= 0 and text.startswith(surface, start)):
            yield f"speaker_surface {surface!r} at {start}"


def _wrong_numbers(found: Mined) -> Iterator[str]:
    for claim in found.claims:
        if claim["quote_no"] is not None:
            quote = found.quotes[claim["quote_no"]]
            if not quote["char_start"] <= claim["char_start"] < claim["char_end"] <= quote["char_end"]:
                yield f"claim {claim['raw_text']!r} is not in quote {claim['quote_no']}"


def touched(found: Mined, masked: Sequence[Span]) -> list[str]:
    """Return the rows of which a part is masked."""
    spans = [(start, end) for start, end in masked if start < end]
    return [
        str(row)
        for rows in (found.quotes, found.claims, found.names)
        for row in rows
        if any(row["char_start"] < end and start < row["char_end"] for start, end in spans)
    ]


@settings(deadline=None, max_examples=80)
@given(TEXTS, st.sampled_from([*LANGUAGES, "nl", None]), MASKS)
def test_every_row_says_what_stands_at_its_offsets(text: str, language: str | None, masks: list[Span]) -> None:
    masked = [(min(start, len(text)), min(start + length, len(text))) for start, length in masks]
    found = mine(text, language, masked)
    assert wrong_offsets(text, found) == []
    assert touched(found, masked) == []


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_posts_and_rows_share_the_offsets_of_the_article(text: str) -> None:
    body, posts = cut_posts(fold(text), "UTC")
    spans = [(post.char_start, post.char_end) for post in posts]
    assert all(0 <= start <= end <= len(body) for start, end in spans)
    assert spans == sorted(spans)
    masked = [(start, end) for start, end in spans if start < end]
    found = mine(body, "de", masked)
    assert wrong_offsets(body, found) == []
    assert touched(found, masked) == []


def test_a_post_spans_its_words_and_its_name() -> None:
    text = "Der Hafen bleibt zu. Wir melden uns morgen! — Hafenamt (@hafenamt) 3. März 2021. Mehr folgt."
    (post,) = find_posts(text, "UTC")
    assert text[post.char_start : post.char_end] == "Wir melden uns morgen! — Hafenamt (@hafenamt) 3. März 2021"
    assert unicodedata.is_normalized("NFC", text)


def test_a_row_beside_its_place_is_noticed() -> None:
    text = "„Der Wind ist stark“, sagte Anna Keller in Kiel vor 300 Menschen."
    found = mine(text, "de")
    assert len(found.quotes) == len(found.claims) == 1
    for name, column, value in (("quotes", "char_start", 2), ("quotes", "speaker_start", 3), ("claims", "char_end", 9)):
        moved = {**found._asdict(), name: [row | {column: value} for row in getattr(found, name)]}
        assert wrong_offsets(text, Mined(**moved))
    assert touched(found, [(0, 5)])


def test_a_speaker_in_marks_is_given_as_the_article_writes_it() -> None:
    text = "Wie der „Elbbote“ unter Berufung auf Retter meldet, wurden neun Segler geborgen."
    found = mine(text, "de")
    assert [row["speaker_surface"] for row in found.quotes if row["speaker"]] == ["der „Elbbote"]
    assert wrong_offsets(text, found) == []
