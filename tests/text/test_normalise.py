import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.normalise import content_sha256, fold, fold_line

ODD = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("\n\r\t \x00\x85\u2028\u2029\u0301\u0344\u0316\xa0é"))
)


@given(ODD)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ODD)
def test_folded_text_can_be_stored(text: str) -> None:
    folded = fold(text)
    assert unicodedata.is_normalized("NFC", folded)
    assert "\n\n\n" not in folded
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in folded.replace("\n", ""))
    folded.encode()


def test_paragraphs_and_single_line_breaks_survive() -> None:
    assert fold(" Eins\t zwei \r\ndrei\r\n \r\n\r\nvier\xa0 ") == "Eins zwei\ndrei\n\nvier"


def test_soft_hyphens_vanish_from_single_lines_and_stay_in_a_corpus() -> None:
    assert fold_line("Bundes\xadtag\ufeff") == "Bundestag"
    assert fold("Bundes\xadtag") == "Bundes\xadtag"


def test_nul_bytes_vanish() -> None:
    assert fold("Bundes\x00tag") == "Bundestag"


def test_composed_and_decomposed_letters_are_equal() -> None:
    assert fold("Mu\u0308nchen") == "München"


def test_a_long_run_of_combining_marks_is_cut_quickly() -> None:
    started = time.process_time()
    assert len(fold("a" + "\u0316\u0301" * 500_000)) < 40
    assert time.process_time() - started < 2


def in_one_line(text: str) -> str:
    visible = text.translate(dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF)))
    return " ".join(fold(visible).split())


@given(ODD)
def test_a_folded_line_is_the_folded_text_in_one_line(text: str) -> None:
    assert fold_line(text) == in_one_line(text)


def test_every_character_is_folded_alike_in_a_line() -> None:
    lines = [f"e {chr(code)}b" for code in (*range(0x3100), *range(0xD7F0, 0xE010), 0xFEFF, 0x1D15E, 0x1F600, 0xE0001)]
    assert [line for line in lines if fold_line(line) != in_one_line(line)] == []


def test_line_folding_joins_lines() -> None:
    assert fold_line("  Ein\nTitel\n\n in  Teilen ") == "Ein Titel in Teilen"


@given(ODD, ODD)
def test_the_digest_ignores_white_space_and_composition(headline: str, body: str) -> None:
    loose = unicodedata.normalize("NFD", fold(body)).replace(" ", "\n ")
    assert content_sha256(headline, None, body) == content_sha256(f" {headline} ", "", loose)


def test_the_digest_tells_headline_from_description() -> None:
    assert content_sha256("Titel", None, "Text") != content_sha256(None, "Titel", "Text")
