import pytest

from pipeline.text.quotes import find_quotes


def kinds(text: str, language: str = "de") -> list[str]:
    return [quote.kind for quote in find_quotes(text, language) if quote.kind != "indirect"]


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("„Gut so“, sagte Anna Keller.", "de", "direct"),
        ("Anna Keller rief die Parole „Nie wieder Stau“.", "de", "mixed"),
        ("Anna Keller nannte den Plan einen „Wortbruch“.", "de", "mixed"),
        ("Anna Keller wohnt nahe der „Baustelle“ am Hafen.", "de", "scare"),
        ("Das Schiff lag „völlig ungeschützt da“ am Ufer.", "de", "mixed"),
        ("Das Schiff lag „ganz ungeschützt“ am Ufer.", "de", "scare"),
        ("Anna Keller, „heute ein wenig müde von der langen Fahrt“, kam an und erklärte sich.", "de", "direct"),
        ("Das Werk gehört zum Sender „Hafenwelle“.", "de", "title"),
        ("The ministry has built an “affordable” bridge.", "en", "scare"),
        ("Ann Cole said that “it was a very cold and stressful day”.", "en", "direct"),
        ("Ann Cole said it would “bring a lot of joy to us all”.", "en", "mixed"),
        ("Marta Gil explica que “el ruido es enorme en toda la plaza”.", "es", "direct"),
    ],
)
def test_kinds_follow_from_the_words_and_from_who_says_them(text: str, language: str, kind: str) -> None:
    assert kinds(text, language) == [kind]


def test_one_word_in_a_sentence_of_hearsay_is_the_one_s_who_spoke() -> None:
    assert kinds("„Wir warten seit Jahren darauf“, sagte Anna Keller. Der Umbau sei „überflüssig“.") == [
        "direct",
        "mixed",
    ]


def test_an_interrupted_quotation_is_two_of_speech_with_one_speaker() -> None:
    quotes = find_quotes("Anna Keller kam. „Das Tor“, sagte sie, „ist heute offen.“", "de")
    assert [(quote.kind, quote.speaker) for quote in quotes] == [("direct", "Anna Keller")] * 2


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Anna Keller rief: „Endlich!“", "de"),
        ("„Schade“, so Anna Keller.", "de"),
        ("La alcaldesa respondió: «Nunca».", "es"),
        ("Luc Morel a répondu : « Peut-être. »", "fr"),
        ("“Never,” a nurse whispered.", "en"),
    ],
)
def test_one_word_that_somebody_utters_is_speech(text: str, language: str) -> None:
    assert kinds(text, language) == ["direct"]


def test_a_title_is_none_the_less_one_behind_a_colon() -> None:
    assert kinds("Anna Keller sprach über ihren neuen Film: „Nordlicht“.") == ["title"]
