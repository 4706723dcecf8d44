import pytest

from pipeline.text.attribution import find_voices
from pipeline.text.cues import find_cues, telling
from pipeline.text.lexicon import lexicon
from pipeline.text.reading import FILLER, sentences, tokens, without


def speakers(text: str, language: str = "de") -> list[str | None]:
    lex = lexicon(language)
    assert lex
    return [cue.speaker.name for cues in find_voices(text, lex).cues for cue in cues]


def test_languages_without_data_have_no_lexicon() -> None:
    assert [lexicon(name) for name in ("xx", None, "../de")] == [None, None, None]


@pytest.mark.parametrize("language", ["de", "en", "fr", "es"])
def test_every_language_has_the_same_sets_of_words(language: str) -> None:
    lex, german = lexicon(language), lexicon("de")
    assert lex
    assert german
    assert set(lex.sets) == set(german.sets)
    assert set(lex.events.values()) == set(german.events.values())


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Am Montag sagte die Polizei nichts dazu.", "de", ["Polizei"]),
        ("Wie die Feuerwehr am Abend mitteilte, war es still.", "de", ["Feuerwehr"]),
        ("Das Amt gab gestern die Zahlen bekannt.", "de", ["Amt"]),
        ("Nach Angaben des Bürgermeisters regnete es.", "de", ["Bürgermeister"]),
        ("Einem Bericht der Polizei zufolge regnete es.", "de", ["Polizei"]),
        ("It rained, according to Ruth Adler.", "en", ["Ruth Adler"]),
        ("In Paris, Ruth Adler (Greens) said it rained.", "en", ["Ruth Adler"]),
        ("Selon le ministère, il pleut.", "fr", ["ministère"]),
        ("Según el ministerio, llueve.", "es", ["ministerio"]),
    ],
)
def test_sources_of_a_sentence_are_found(text: str, language: str, expected: list[str]) -> None:
    assert speakers(text, language) == expected


def test_a_verb_that_needs_its_particle_is_none_without_it() -> None:
    assert speakers("Das Amt gab ihm einen Stift.") == []


def test_a_body_is_named_as_a_dictionary_would() -> None:
    assert speakers("Nach Angaben des dänischen Umweltministeriums regnete es. Das Ministerium sagte mehr.") == [
        "dänisches Umweltministerium",
        "dänisches Umweltministerium",
    ]


def test_two_persons_of_one_surname_are_told_apart_by_who_was_named_last() -> None:
    text = "Anna Keller kam. Keller sagte wenig. Später kam Peter Keller. Keller sagte viel."
    assert speakers(text) == ["Anna Keller", "Peter Keller"]


def test_sentences_do_not_end_at_numbers_and_abbreviations() -> None:
    text = "Am 3. Mai kamen 100.000 Leute. Dr. Meier blieb z.B. fern. Warum? Niemand weiß es."
    lex = lexicon("de")
    assert lex
    assert [text[start:end].strip() for start, end in sentences(text, lex.sets["abbreviations"])] == [
        "Am 3. Mai kamen 100.000 Leute.",
        "Dr. Meier blieb z.B. fern.",
        "Warum?",
        "Niemand weiß es.",
    ]


def test_filled_text_keeps_its_length() -> None:
    assert without("abcdef", [(1, 3), (2, 4)], FILLER) == f"a{FILLER * 3}ef"


def test_a_cue_names_verb_and_speaker() -> None:
    lex = lexicon("de")
    assert lex
    text = "Anna Keller sagte nichts."
    words = tokens(text, 0, len(text))
    (cue,) = find_cues(words, telling([word.low for word in words], lex), lex)
    assert (cue.verb, cue.phrase.name, cue.kind) == ("sagen", "Anna Keller", "says")
