import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.mentions import find_mentions

ARTICLE = (
    "Verteidigungsministerin Frauke Lindqvist hat am Montag in Kiel den Hafen besucht. Die Bundesregierung wolle "
    "helfen, sagte Lindqvist. Das Institut für Seismologie (IFSM) und die Deutsche Bank schweigen. Später reiste sie "
    "nach Genf und lobte Deutschlands Häfen. Das IFSM hatte zuvor gewarnt."
)
PIECES = [
    "Frauke Lindqvist",
    "Lindqvists",
    "in Kiel",
    "EU",
    "Ministerin",
    "von der",
    "Bank",
    "of",
    "(",
    ")",
    "\n",
    "’s",
]
WORDS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25)


def names(text: str, language: str | None, label: str) -> list[str]:
    return [mention.name for mention in find_mentions(text, language) if mention.label == label]


def test_a_surname_alone_is_given_its_full_name() -> None:
    assert names(ARTICLE, "de", "PER") == ["Frauke Lindqvist", "Frauke Lindqvist"]


def test_an_acronym_in_brackets_is_the_organisation_before_it() -> None:
    institute = "Institut für Seismologie"
    assert names(ARTICLE, "de", "ORG") == ["Bundesregierung", institute, institute, "Deutsche Bank", institute]


@pytest.mark.parametrize(
    "name", ["Deutsches Zentrum für Moor- und Küstenschutz (DZMK)", "Nordische Hafen-Initiative (NHI)"]
)
def test_capitals_in_brackets_tell_an_organisation_that_no_word_does(name: str) -> None:
    full, acronym = name[:-1].split(" (")
    assert names(f"Das sagte {name} am Montag. {acronym} warnt.", "de", "ORG") == [full, full, full]


@pytest.mark.parametrize("name", ["Chief Harbour Officer (CHO)", "Gustav Peter (GER)"])
def test_capitals_in_brackets_behind_an_office_or_a_person_are_no_organisation(name: str) -> None:
    assert name.split(" (")[0] not in names(f"Later {name} spoke.", "en", "ORG")


def test_a_town_and_a_plural_are_a_team_but_for_hills_and_games() -> None:
    text = "The Seattle Otters beat the Boston Herons near Seattle Heights."
    assert names(text, "en", "ORG") == ["Seattle Otters", "Boston Herons"]


def test_what_has_an_article_is_no_town_in_german() -> None:
    assert names("Fledermäuse sind das Reservoir.", "de", "LOC") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("„Socorro“, rief sie laut.", "de"),
        ("Se lo dio a Pérez por la tarde.", "es"),
        ("Das kostet 40 Schweizer Franken.", "de"),
        ("Die Bank verlor 40 Lira.", "de"),
    ],
)
def test_a_small_town_abroad_and_a_currency_are_no_places_unless_something_leads_to_them(
    text: str, language: str
) -> None:
    assert names(text, language, "LOC") == []


@pytest.mark.parametrize(
    ("text", "language", "places"),
    [
        ("Sie wohnt in Socorro. Socorro ist klein.", "de", ["Socorro", "Socorro"]),
        ("Brasilien und Socorro liegen weit weg.", "de", ["Brasilien", "Socorro"]),
        ("Sie wohnt in Franken.", "de", ["Franken"]),
        ("Husum liegt am Meer.", "de", ["Husum"]),
        ("Der Hafen von Socorro ist leer.", "de", ["Socorro"]),
        ("The mayor of Socorro was there.", "en", ["Socorro"]),
        ("La alcaldesa de Husum no vino.", "es", ["Husum"]),
        ("Au port d'Aveiro, rien ne bouge.", "fr", ["Aveiro"]),
    ],
)
def test_a_small_town_is_a_place_where_the_article_leads_to_it(text: str, language: str, places: list[str]) -> None:
    assert names(text, language, "LOC") == places


def test_the_country_of_an_office_is_no_person() -> None:
    assert names("Kanzler Österreichs war er nie.", "de", "PER") == []


def test_places_are_linked_and_located() -> None:
    places = {mention.name: mention for mention in find_mentions(ARTICLE, "de") if mention.label == "LOC"}
    assert list(places) == ["Kiel", "Genf", "Deutschland"]
    assert (places["Genf"].country_code, places["Genf"].kb_id) == ("CH", "geonames:2660646")
    assert places["Genf"].latitude == pytest.approx(46.2, abs=0.1)
    assert (places["Deutschland"].country_code, places["Deutschland"].surface) == ("DE", "Deutschlands")


@pytest.mark.parametrize(
    ("text", "language", "person"),
    [
        ("They met mayor Winifred Ostrander there.", "en", "Winifred Ostrander"),
        ("Abel Tarnowsky’s car was found.", "en", "Abel Tarnowsky"),
        ("“It is over,” said Ogbonna Tarnowsky on Monday.", "en", "Ogbonna Tarnowsky"),
        ("Le ministre Firmin Vasseur a démissionné.", "fr", "Firmin Vasseur"),
        ("El alcalde Tadeo Urrutikoetxea dimitió.", "es", "Tadeo Urrutikoetxea"),
        ("Kommissarin Ursula von der Aue kam.", "de", "Ursula von der Aue"),
        ("Ognjen Brodersen (45) gewann.", "de", "Ognjen Brodersen"),
    ],
)
def test_persons_by_given_name_office_age_or_verb(text: str, language: str, person: str) -> None:
    assert names(text, language, "PER") == [person]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Regierung hat das Essen im Regen am Montag bezahlt.", "de"),
        ("Der Leiter der Abteilung sprach von Angaben der Polizei.", "de"),
        ("WIR HABEN GENUG, RIEFEN SIE LAUT.", "de"),
        ("Nice weather in March, and we will mark it.", "en"),
        ("Kapitel XIV und der Preis in EUR", "de"),
    ],
)
def test_ordinary_words_are_no_names(text: str, language: str) -> None:
    assert find_mentions(text, language) == []


def test_a_town_that_begins_another_name_is_no_place() -> None:
    assert names("Fans of the Boston Heronhawks met in Boston.", "en", "LOC") == ["Boston"]


def test_a_surname_of_two_persons_stays_open() -> None:
    text = "Eva Brandtner und Jan Brandtner kamen. Brandtner lachte."
    assert names(text, "de", "PER") == ["Eva Brandtner", "Jan Brandtner"]


def test_masked_spans_are_not_read() -> None:
    start = ARTICLE.index("Genf")
    assert "Genf" not in {mention.name for mention in find_mentions(ARTICLE, "de", [(start, start + 4)])}


@given(WORDS.map(" ".join), st.sampled_from(["de", "en", "fr", "es", "nl", None]))
def test_spans_hold_and_do_not_overlap(text: str, language: str | None) -> None:
    mentions = find_mentions(text, language)
    assert all(text[mention.char_start : mention.char_end] == mention.surface for mention in mentions)
    assert all(mention.name for mention in mentions)
    ends = [0, *(mention.char_end for mention in mentions)]
    assert all(mention.char_start >= end for mention, end in zip(mentions, ends, strict=False))


@pytest.mark.parametrize("piece", ["EU ", "Frauke ", "Bank of ", "Kiel ", "É’", "A. "])
def test_repeated_pieces_are_read_in_linear_time(piece: str) -> None:
    find_mentions("warm", "de")
    started = time.process_time()
    find_mentions(piece * (300_000 // len(piece)), "de")
    assert time.process_time() - started < 3


def test_a_person_ends_before_whom_the_person_works_for() -> None:
    text = "Frauke Lindqvist von der Stiftung kam, Ursula von der Aue nicht."
    assert names(text, "de", "PER") == ["Frauke Lindqvist", "Ursula von der Aue"]


def test_a_name_of_an_organisation_begins_behind_the_article() -> None:
    assert names("Sie forscht an der Universität Genf und von der Genfer Universität.", "de", "ORG") == [
        "Universität Genf",
        "Genfer Universität",
    ]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("They met in Birmingham.", "GB"),
        ("They met in Birmingham, where Alabama votes.", "US"),
        ("They left Spain and met in Birmingham.", "GB"),
        ("They left the United States and met in Birmingham.", "GB"),
        ("They left Canada and met in London.", "GB"),
    ],
)
def test_of_towns_of_one_name_that_of_a_country_named_is_meant(text: str, country: str) -> None:
    towns = [m.country_code for m in find_mentions(text, "en") if m.name in ("Birmingham", "London")]
    assert towns == [country]


@pytest.mark.parametrize("word", ["April", "Monday", "August", "June", "Sunday", "May"])
def test_months_and_weekdays_are_no_persons(word: str) -> None:
    assert names(f"They met on {word} 3, in {word} Lindqvist said, and {word} came.", "en", "PER") == []
