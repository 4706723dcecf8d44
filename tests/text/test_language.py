import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.language import code, detect, mix

GERMAN = (
    "Die Feuerwehr hat am Morgen den Brand im Hafen gelöscht, verletzt wurde dabei niemand, wie die Polizei mitteilte."
)
ENGLISH = (
    "Firefighters put out the blaze in the harbour this morning and nobody was hurt, according to the local police."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "de"),
        (ENGLISH, "en"),
        ("Les pompiers ont éteint l’incendie du port ce matin, personne n’a été blessé.", "fr"),
        ("Los bomberos apagaron esta mañana el incendio del puerto y nadie resultó herido.", "es"),
        ("消防隊は今朝、港の火災を消し止めた。", "ja"),
    ],
)
def test_common_languages_are_told_apart(text: str, language: str) -> None:
    found, score = detect(text)
    assert found == language
    assert score is not None
    assert score == round(score, 3)


@pytest.mark.parametrize("text", ["", "  \n ", "12.345", "Foto: dpa", "https", "\ud800"])
def test_too_little_text_has_no_language(text: str) -> None:
    assert detect(text) == (None, None)


def test_only_the_beginning_counts_and_line_ends_do_not_matter() -> None:
    assert detect(GERMAN.replace(" ", "\n") + "\n\n" + " " * 2000 + ENGLISH * 100) == detect(GERMAN)


def test_the_mix_gives_shares_of_the_languages_of_paragraphs() -> None:
    shares = dict(mix(f"{GERMAN}\n\n{ENGLISH}\n\nFoto: dpa\n\n{GERMAN}"))
    assert list(shares) == ["de", "en"]
    assert shares["de"] > 0.6
    assert sum(shares.values()) == pytest.approx(1)


def test_capitals_do_not_hide_a_language() -> None:
    assert detect(ENGLISH.upper())[0] == "en"
    assert detect(GERMAN.upper())[0] == "de"


def test_a_paragraph_that_begins_with_names_is_told_by_what_follows() -> None:
    names = "Ana Lind, Omar Tavel, Rita Solberg, Ivo Marek, Nora Quill, Tomas Berg, Lena Orsk, Pavel Dorn, Mia Falk"
    assert mix(names) == ()
    assert mix(f"{names}: {GERMAN} {GERMAN}") == (("de", 1.0),)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    found, score = detect(text)
    assert (found is None) == (score is None)
    assert all(0 <= share <= 1 for _, share in mix(text))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "de"), ("de-AT", "de"), ("en_US", "en"), ("deu", "de"), ("German", "de"), ("xx", None), (None, None)],
)
def test_language_tags_become_codes(tag: str | None, expected: str | None) -> None:
    assert code(tag) == expected
