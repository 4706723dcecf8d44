from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.quotes import find_quotes
from tests.text import seconds

WORDS = ["Die Polizei ", "sagte", ", ", "dass ", "er sei ", "laut ", "Anna Keller ", ". ", "\n\n", "Das ", "zu gehen", "demnach ", "nach ", "Angaben ", "said ", "that ", "„ja“", ": "]  # fmt: skip


def told(text: str, language: str = "de") -> list[tuple[str, str | None]]:
    return [(quote.quotation, quote.speaker) for quote in find_quotes(text, language) if quote.kind == "indirect"]


@pytest.mark.parametrize(
    ("text", "said", "speaker"),
    [
        ("Anna Keller sagte am Montag, dass die Brücke alt ist.", "dass die Brücke alt ist", "Anna Keller"),
        ("Anna Keller sagte am Montag, die Brücke sei alt.", "die Brücke sei alt", "Anna Keller"),
        ("Die Brücke sei alt, sagte Anna Keller.", "Die Brücke sei alt", "Anna Keller"),
        ("Laut Anna Keller ist die Brücke alt.", "ist die Brücke alt", "Anna Keller"),
        ("Die Brücke ist alt, so Anna Keller.", "Die Brücke ist alt", "Anna Keller"),
        ("Die Brücke ist nach Angaben der Polizei alt.", "Die Brücke ist nach Angaben der Polizei alt", "Polizei"),
        ("Der Polizei zufolge ist die Brücke alt.", "ist die Brücke alt", "Polizei"),
        ("Wie die Polizei mitteilte, ist die Brücke alt.", "ist die Brücke alt", "Polizei"),
        ("Die Brücke ist alt, wie die Polizei mitteilte.", "Die Brücke ist alt", "Polizei"),
        ("Die Polizei forderte alle auf, den Platz zu räumen.", "den Platz zu räumen", "Polizei"),
        ("Es wird vermutet, dass die Brücke alt ist.", "dass die Brücke alt ist", None),
        ("Nach ersten Angaben ist die Brücke alt.", "ist die Brücke alt", None),
    ],
)
def test_reported_speech_is_found_with_its_source(text: str, said: str, speaker: str | None) -> None:
    assert told(text) == [(said, speaker)]


@pytest.mark.parametrize(
    ("text", "language", "said", "speaker"),
    [
        ("Ruth Adler said on Monday that the bridge is old.", "en", "that the bridge is old", "Ruth Adler"),
        ("Ruth Adler said the bridge is old.", "en", "the bridge is old", "Ruth Adler"),
        ("The bridge is old, Ruth Adler said.", "en", "The bridge is old", "Ruth Adler"),
        ("The bridge is old, according to Ruth Adler.", "en", "The bridge is old", "Ruth Adler"),
        ("Luc Morel a déclaré mardi que le pont est vieux.", "fr", "que le pont est vieux", "Luc Morel"),
        ("Selon Luc Morel, le pont est vieux.", "fr", "le pont est vieux", "Luc Morel"),
        ("Le pont est vieux, a déclaré le maire Luc Morel.", "fr", "Le pont est vieux", "Luc Morel"),
        ("Marta Ruiz dijo el lunes que el puente es viejo.", "es", "que el puente es viejo", "Marta Ruiz"),
        ("Según Marta Ruiz, el puente es viejo.", "es", "el puente es viejo", "Marta Ruiz"),
    ],
)
def test_other_languages_report_with_clear_cues(text: str, language: str, said: str, speaker: str) -> None:
    assert told(text, language) == [(said, speaker)]


def test_the_mood_goes_on_with_the_one_who_spoke_as_one_piece() -> None:
    text = "Anna Keller sagte, die Brücke sei alt. Sie müsse weg. Das Geld sei da. Am Abend war es still."
    assert told(text) == [("die Brücke sei alt", "Anna Keller"), ("Sie müsse weg. Das Geld sei da", "Anna Keller")]


def test_a_sentence_that_points_back_reports_the_one_before() -> None:
    assert told("Die Brücke ist alt. Das teilte die Polizei mit.") == [("Die Brücke ist alt. Das", "Polizei")]
    assert told("Die Brücke ist alt.\n\nDas teilte die Polizei mit.") == []


def test_one_verb_of_saying_ends_what_the_other_reports() -> None:
    text = "Die Polizei sagte, dass die Brücke alt ist und kündigte eine Prüfung an."
    assert told(text) == [("dass die Brücke alt ist", "Polizei")]


@pytest.mark.parametrize(
    "text",
    [
        "Das Feuer wurde von Anwohnern gemeldet und gelöscht.",
        "Sie liefen, um den Zug zu erreichen.",
        "„Die Brücke ist alt“, sagte Anna Keller.",
        "Anna Keller sagte: „Die Brücke ist alt.“",
        "Ich sei gern dort, dachte ich, wo man ruht.",
    ],
)
def test_what_nobody_reports_is_left_alone(text: str) -> None:
    assert told(text) == []


def test_a_marked_part_of_what_is_reported_is_a_row_of_its_own() -> None:
    quotes = find_quotes("Anna Keller sagte, dass die Brücke „völlig unsicher“ sei.", "de")
    assert [(quote.kind, quote.open_mark) for quote in quotes] == [("indirect", None), ("mixed", "„")]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=50), st.sampled_from(["de", "en", "fr", "es"]))
def test_every_report_is_the_text_at_its_offsets_and_apart_from_others(pieces: list[str], language: str) -> None:
    body = "".join(pieces)
    found = [quote for quote in find_quotes(body, language) if quote.kind == "indirect"]
    assert all(quote.quotation == body[quote.char_start : quote.char_end] for quote in found)
    assert all(a.char_end <= b.char_start for a, b in pairwise(found))


@pytest.mark.parametrize(
    "piece", ["sagte, dass ", "sei, ", "und sagte ", "laut Amt, ", "nach Angaben ", "Das sagte er. "]
)
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    assert seconds(find_quotes, piece, 80_000) < 10 * max(seconds(find_quotes, piece, 20_000), 0.02)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Feuerwehr bestätigte nicht, dass der Kahn leck ist.", "de"),
        ("Niemand behauptete, dass der Kahn leck ist.", "de"),
        ("Der Rat wollte das nicht sagen, ob der Kahn leck ist.", "de"),
        ("Ruth Adler never claimed that the boat leaks.", "en"),
        ("Nobody said that the boat leaks.", "en"),
        ("The council has not announced that the boat leaks.", "en"),
        ("Luc Morel n’a pas annoncé que le bateau fuit.", "fr"),
        ("Personne n'a affirmé que le bateau fuit.", "fr"),
        ("Marta Ruiz no dijo que el barco hace agua.", "es"),
        ("Nadie aseguró que el barco hace agua.", "es"),
    ],
)
def test_what_is_not_said_is_no_speech(text: str, language: str) -> None:
    assert told(text, language) == []


def test_not_only_said_is_said() -> None:
    assert told("Ruth Adler not only said that the boat leaks.", "en") == [("that the boat leaks", "Ruth Adler")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ruth Adler would not talk about claims that the boat leaks.", "that the boat leaks"),
        ("Ruth Adler dismissed reports that the boat leaks.", "that the boat leaks"),
        ("After reports that the boat leaks, Ruth Adler closed the pier.", "that the boat leaks"),
        ("Asked whether the boat leaks, Ruth Adler closed the pier.", "whether the boat leaks"),
    ],
)
def test_a_noun_of_saying_has_no_speaker_and_ends_before_the_main_clause(text: str, said: str) -> None:
    assert told(text, "en") == [(said, None)]


@pytest.mark.parametrize(
    ("text", "language", "rows"),
    [
        (
            "Laut Anna Keller ist die Brücke alt, laut Hans Meier ist sie neu.",
            "de",
            [("ist die Brücke alt", "Anna Keller"), ("ist sie neu", "Hans Meier")],
        ),
        ("Die Brücke ist alt, so Anna Keller; Hans Meier lachte darüber.", "de", [("Die Brücke ist alt", "Anna Keller")]),
        ("Laut Anna Keller ist die Brücke alt, während die Stadt baut.", "de", [("ist die Brücke alt", "Anna Keller")]),
        ("According to Adler, who sails, the bridge is old.", "en", [("the bridge is old", "Adler")]),
        ("D'après Anne Petit, maire de Lorvent, le pont est vieux.", "fr", [("le pont est vieux", "Anne Petit")]),
        ("La jefa del puerto, Marta Ruiz, denuncia «un abandono».", "es", []),
        ("The owner of the boat, Ruth Adler, says it is “rotten”.", "en", []),
        ("Marta Ruiz habló con Juan Gil, que dijo que el puente es viejo.", "es", [("que el puente es viejo", "Juan Gil")]),
        ("So das Boot. So sagte sie.", "de", []),
    ],
)  # fmt: skip
def test_what_a_source_says_ends_where_it_does(text: str, language: str, rows: list[tuple[str, str | None]]) -> None:
    assert told(text, language) == rows
