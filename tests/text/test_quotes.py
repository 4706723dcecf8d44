import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.quotes import Quote, find_quotes
from tests.text import seconds

MARKS = ["„", "“", "”", '"', "«", "»", "‚", "‘", "’", "'", " ", "\n\n", ", ", ". ", ": ", "? ", "\x1e"]
WORDS = [
    "sagte ",
    "Anna Keller ",
    "der Minister ",
    "er ",
    "laut ",
    "die Polizei ",
    "said ",
    "she ",
    "Ja",
    "3.000 ",
    "Tote ",
]
PIECES = [*MARKS, *WORDS]
LANGUAGES = st.sampled_from(["de", "en", "fr", "es", "nl", None])


def only(text: str, language: str | None = "de") -> Quote:
    quotes = find_quotes(text, language)
    assert len(quotes) == 1
    return quotes[0]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60), LANGUAGES, st.integers(0, 40), st.integers(0, 40))
def test_every_quotation_is_the_text_at_its_offsets_and_outside_masks(
    pieces: list[str], language: str | None, start: int, length: int
) -> None:
    body = "".join(pieces)
    masked = [(min(start, len(body)), min(start + length, len(body)))]
    quotes = find_quotes(body, language, masked)
    assert quotes == find_quotes(body, language, masked)
    assert [quote.char_start for quote in quotes] == sorted(quote.char_start for quote in quotes)
    for quote in quotes:
        assert 0 <= quote.char_start < quote.char_end <= len(body)
        assert quote.quotation == body[quote.char_start : quote.char_end]
        assert quote.char_end <= masked[0][0] or masked[0][1] <= quote.char_start or masked[0][0] == masked[0][1]
        if quote.speaker_start is not None:
            assert body.startswith(quote.speaker_surface or "?", quote.speaker_start)


def test_the_one_who_says_it_is_named_in_full() -> None:
    quotes = find_quotes(
        "Bürgermeisterin Anna Keller besuchte den Hafen. „Wir bauen die Brücke noch in diesem Jahr“, sagte Keller. "
        "„Das Geld ist da.“",
        "de",
    )
    assert [(q.kind, q.speaker, q.speaker_surface, q.verb) for q in quotes] == [
        ("direct", "Anna Keller", "Keller", "sagen"),
        ("direct", "Anna Keller", "Keller", None),
    ]
    assert [q.attribution_method for q in quotes] == ["verb_after", "continued"]
    assert (quotes[0].attribution_confidence or 0) > (quotes[1].attribution_confidence or 0) > 0


def test_the_speaker_of_an_unclosed_quotation_is_outside_it() -> None:
    text = "Minister Karl Brandt sprach im Rat. „Der Damm hält. Jeden Morgen prüfen wir ihn, sagte Brandt. „Er ist sicher.“"
    first, second = find_quotes(text, "de")
    assert first.quotation == "Der Damm hält. Jeden Morgen prüfen wir ihn"
    assert (first.close_mark, first.speaker, second.speaker) == (None, "Karl Brandt", "Karl Brandt")


def test_an_unclosed_quotation_that_nobody_says_ends_with_its_sentence() -> None:
    assert only("Dort stand: „Heute geschlossen. Der Laden öffnet um acht.").quotation == "Heute geschlossen."


@pytest.mark.parametrize(
    ("text", "language", "speaker", "kind"),
    [
        ("„Wir haben alles getan, was möglich war“, erklärte die Polizei.", "de", "Polizei", "organization"),
        ("Das Umweltamt teilte mit: „Das Wasser ist rein.“", "de", "Umweltamt", "organization"),
        ("„Das Wasser ist rein“, heißt es in einer Mitteilung des Umweltamts.", "de", "Umweltamt", "organization"),
        ("„Der Strom fließt wieder“, so die Sprecherin des Werks.", "de", "Sprecherin des Werks", "role"),
        ("Der Leiter des Zoos, Jonas Wirt, sagte: „Das Tier ist wieder da.“", "de", "Jonas Wirt", "person"),
        ("“We will rebuild the bridge by May,” said Ruth Adler, director of the port.", "en", "Ruth Adler", "person"),
        ("“We will rebuild the bridge,” harbour chief Ruth Adler said.", "en", "Ruth Adler", "person"),
        ("Ruth Adler, director of the port, said: “We will rebuild the bridge.”", "en", "Ruth Adler", "person"),
        ("«Nous allons construire le pont», a déclaré le maire, Luc Morel.", "fr", "Luc Morel", "person"),
        ("Le préfet Luc Morel est venu. «Nous allons vers le pont», a-t-il déclaré.", "fr", "Luc Morel", "person"),
        ("\"Vamos a reconstruir el puente\", afirma Marta Ruiz, portavoz del puerto.", "es", "Marta Ruiz", "person"),
        ("Habló el alcalde Pedro Gómez. \"Vamos a reconstruir el puente\", añadió.", "es", "Pedro Gómez", "person"),
    ],
)  # fmt: skip
def test_speakers_are_found_around_the_quotation(text: str, language: str, speaker: str, kind: str) -> None:
    quote = only(text, language)
    assert (quote.kind, quote.speaker, quote.speaker_kind) == ("direct", speaker, kind)


def test_a_role_and_a_pronoun_stand_for_the_person_named_before() -> None:
    text = (
        "Verteidigungsminister Peter Lang kam am Montag. „Die Lage ist ernst genug“, sagte der Minister. "
        "„Wir müssen jetzt handeln“, sagte er."
    )
    assert [q.speaker for q in find_quotes(text, "de")] == ["Peter Lang", "Peter Lang"]


def test_a_pronoun_for_nobody_leaves_the_speaker_open() -> None:
    quote = only("„Das ist doch alles längst bekannt“, sagte er.")
    assert (quote.speaker, quote.speaker_surface) == (None, "er")


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("Brandt nannte den Plan „völlig unbrauchbar und teuer“.", "de", "mixed"),
        ("Das sogenannte „Wunder“ blieb aus.", "de", "scare"),
        ("Sie spielt im Film „Die letzte Fähre“ mit.", "de", "title"),
        ("The so-called “miracle” did not happen.", "en", "scare"),
        ("She stars in the film “The Last Ferry” again.", "en", "title"),
    ],
)
def test_what_is_no_speech_is_told_apart(text: str, language: str, kind: str) -> None:
    assert only(text, language).kind == kind


def test_marks_count_in_a_language_without_a_lexicon() -> None:
    quote = only("“Wij bouwen de brug dit jaar nog,” zegt burgemeester De Vries.", "nl")
    assert (quote.kind, quote.speaker) == ("direct", None)


def test_a_long_quotation_in_another_language_is_told_as_such() -> None:
    text = "Ann Cole sagte: „{}“"
    foreign = only(text.format("We will go on with it until the last of the houses is built and paid for."), "de")
    assert foreign.in_language == "en"
    own = only(text.format("Wir machen damit weiter, bis das letzte der Häuser gebaut und bezahlt ist."), "de")
    assert own.in_language == "de"


def test_embedded_posts_are_not_read() -> None:
    body = "„Das Ufer ist sicher genug“, sagte Karl Brandt. “Look at this!” — Harbour (@harbour) „Mehr folgt.“"
    post = (body.index("“Look"), body.index(" „Mehr"))
    assert [q.quotation for q in find_quotes(body, "de", [post])] == ["Das Ufer ist sicher genug", "Mehr folgt."]


@pytest.mark.slow
@pytest.mark.parametrize("piece", ['"', "„", "„“", '"a" ', "'", "«", "„a, b ", "\n\n„ab cd", "Anna Keller ", ", sagte"])
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    assert seconds(find_quotes, piece, 160_000) < 10 * max(seconds(find_quotes, piece, 40_000), 0.02)


@pytest.mark.parametrize("piece", ["A", "A-", "A. ", "’A"])
def test_capitals_without_end_are_read_in_linear_time(piece: str) -> None:
    find_quotes("warm", "de")
    started = time.process_time()
    find_quotes(piece * (100_000 // len(piece)), "de")
    assert time.process_time() - started < 3


@pytest.mark.parametrize("text", ["„, erklärt der Minister.", "Der Hafen „ , sagte sie."])
def test_a_mark_that_nothing_closes_and_nothing_follows_quotes_nothing(text: str) -> None:
    assert [quote for quote in find_quotes(text, "de") if quote.open_mark] == []


def test_an_unclosed_quotation_ends_without_a_blank() -> None:
    assert only("„Der Kahn liegt schon im Hafen , sagte Anna Keller.").quotation == "Der Kahn liegt schon im Hafen"


def test_the_speaker_named_last_speaks_in_the_paragraphs_before() -> None:
    text = '"The boat was late again.\n\n"The crew was tired.\n\n"The captain slept," said Ruth Adler.'
    quotes = find_quotes(text, "en")
    assert [quote.speaker for quote in quotes] == ["Ruth Adler"] * 3
    assert [quote.attribution_method for quote in quotes] == ["continued", "continued", "verb_after"]


def test_the_verb_of_an_inverted_question_form_is_that_of_saying() -> None:
    quote = only("Anne Petit attendait. « Le bac est en retard », a-t-elle murmuré.", "fr")
    assert (quote.speaker, quote.verb) == ("Anne Petit", "murmurer")


@pytest.mark.parametrize(
    "between", ['"It sank," Doyle bellowed.', 'She smiled and laughed. "It sank at night, sadly."']
)
def test_a_turn_of_another_is_not_the_speaker_s_before(between: str) -> None:
    text = f'Tom Hale came. "The ferry was late," Hale said. {between}'
    assert find_quotes(text, "en")[-1].speaker is None
