import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.claims import Claim, find_claims
from pipeline.text.quotes import find_quotes
from tests.text import seconds
from tests.text.test_quotes import LANGUAGES, PIECES


def claims(text: str, language: str = "de") -> list[Claim]:
    return find_claims(text, language, (), find_quotes(text, language))


def only(text: str, language: str = "de") -> Claim:
    found = claims(text, language)
    assert len(found) == 1
    return found[0]


NUMBERS = [
    "700 ",
    "1 ",
    "5.000 ",
    "Billionen ",
    "million ",
    "to ",
    "12 ",
    "3.500",
    "2,5 ",
    "Millionen ",
    "Euro ",
    "$",
    "%",
    "Prozent ",
    "bis ",
    "mehr als ",
    "Menschen ",
    "people ",
    "getötet ",
]


@settings(deadline=None)  # the first example loads the gazetteer
@given(st.lists(st.sampled_from([*PIECES, *NUMBERS]), max_size=60), LANGUAGES, st.integers(0, 40), st.integers(0, 40))
def test_every_claim_is_the_text_at_its_offsets_and_outside_masks(
    pieces: list[str], language: str | None, start: int, length: int
) -> None:
    body = "".join(pieces)
    masked = [(min(start, len(body)), min(start + length, len(body)))]
    quotes = find_quotes(body, language, masked)
    found = find_claims(body, language, masked, quotes)
    assert found == find_claims(body, language, masked, quotes)
    for claim in found:
        assert claim.raw_text == body[claim.char_start : claim.char_end] != ""
        assert claim.char_end <= masked[0][0] or masked[0][1] <= claim.char_start or masked[0][0] == masked[0][1]
        assert claim.value_low is not None or claim.value_high is not None
        assert all(abs(value) <= 1e15 for value in (claim.value_low, claim.value_high) if value is not None)
        assert claim.qualifier != "range" or (claim.value_low or 0) <= (claim.value_high or 0)
        if claim.quote_no is not None:
            quote = quotes[claim.quote_no]
            assert quote.char_start <= claim.char_start
            assert claim.char_end <= quote.char_end


@pytest.mark.parametrize(
    ("text", "language", "low", "high", "qualifier", "unit"),
    [
        ("Dort warten 125.000 Menschen.", "de", 125_000, 125_000, "exact", "people"),
        ("Dort warten 125 000 Menschen.", "de", 125_000, 125_000, "exact", "people"),
        ("There are 125,000 people waiting.", "en", 125_000, 125_000, "exact", "people"),
        ("Là attendent 125 000 personnes.", "fr", 125_000, 125_000, "exact", "people"),
        ("Allí esperan 125.000 personas.", "es", 125_000, 125_000, "exact", "people"),
        ("Dort warten mehr als 2,5 Mio. Menschen.", "de", 2_500_000, None, "over", "people"),
        ("There are at least two million people waiting.", "en", 2_000_000, None, "at_least", "people"),
        ("Au moins vingt et une personnes attendent.", "fr", 21, None, "at_least", "people"),
        ("Esperan unas treinta y dos personas.", "es", 32, 32, "about", "people"),
        ("Es kamen bis zu zweihundert Gäste.", "de", None, 200, "up_to", "people"),
        ("Fewer than 30 houses stand.", "en", None, 30, "under", "things"),
        ("Fast 90 Häuser stehen leer.", "de", 90, 90, "nearly", "things"),
        ("Der Anteil stieg auf 4,5 Prozent.", "de", 4.5, 4.5, "exact", "percent"),
        ("Der Anteil fiel um -0,5 Prozent.", "de", -0.5, -0.5, "exact", "percent"),
        ("It cost roughly $1.2 billion to build.", "en", 1.2e9, 1.2e9, "about", "USD"),
        ("It cost £20m to build.", "en", 20e6, 20e6, "exact", "GBP"),
        ("Das kostet 3,99 bis 8,50 Euro.", "de", 3.99, 8.5, "range", "EUR"),
        ("Das kostet zwischen 10 und 12 Milliarden Euro.", "de", 10e9, 12e9, "range", "EUR"),
        ("Es kamen 20 oder mehr Gäste.", "de", 20, None, "at_least", "people"),
        ("Man sah zwei Dutzend Boote.", "de", 24, 24, "exact", "things"),
        ("Almost half a million voters queued.", "en", 500_000, 500_000, "nearly", "people"),
        ("A quarter of a million trees burned.", "en", 250_000, 250_000, "exact", "things"),
        ("Die Schleuse kostet anderthalb Milliarden Euro.", "de", 1.5e9, 1.5e9, "exact", "EUR"),
        ("Le pont coûte un demi-milliard d’euros.", "fr", 5e8, 5e8, "exact", "EUR"),
        ("Casi medio millón de personas votó.", "es", 500_000, 500_000, "nearly", "people"),
        ("Más de 3,400 obreros pararon.", "es", 3_400, None, "over", "people"),
        ("El muelle costó 7 mil millones de euros.", "es", 7e9, 7e9, "exact", "EUR"),
        ("Der Film über 80 Fahrer läuft.", "de", 80, 80, "exact", "people"),
        ("A quarrel over $7 million goes on.", "en", 7e6, 7e6, "exact", "USD"),
        ("It asked about 80 drivers.", "en", 80, 80, "exact", "people"),
        ("Das Ticket kostet nicht über 90 Euro.", "de", None, 90, "up_to", "EUR"),
        ("Es kamen nicht unter 70 Gäste.", "de", 70, None, "at_least", "people"),
        ("Es kamen wenigstens aber 70 Gäste.", "de", 70, None, "at_least", "people"),
        ("Le billet coûte jusqu’à 90 euros.", "fr", None, 90, "up_to", "EUR"),
        ("Es kamen drei- bis viertausend Gäste.", "de", 3_000, 4_000, "range", "people"),
        ("The ferry costs $3 million to $4 million.", "en", 3e6, 4e6, "range", "USD"),
        ("The count of injured climbed from 6 to 9 people.", "en", 9, 9, "exact", "people"),
        ("Le nombre est passé de six à neuf blessés.", "fr", 9, 9, "exact", "people"),
        ("La cifra subió de 6 a 9 heridos.", "es", 9, 9, "exact", "people"),
    ],
)  # fmt: skip
def test_values_follow_the_language_and_the_qualifier(
    text: str, language: str, low: float | None, high: float | None, qualifier: str, unit: str
) -> None:
    claim = only(text, language)
    assert (claim.value_low, claim.value_high, claim.qualifier, claim.unit) == (low, high, qualifier, unit)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Er kam am 12. Mai 2019 um 18.30 Uhr.", "de"),
        ("Am 3.4.2021 war der 34-jährige Fahrer 20 Kilometer und 3 Stunden unterwegs.", "de"),
        ("Das Spiel endete 23:7, im Hinspiel 2-1.", "de"),
        ("Tel. 030/123456, Raum 12, Artikel 5, Boeing 747.", "de"),
        ("Tausende Menschen und mehrere Dutzend Boote kamen.", "de"),
        ("He is 34 years old and ran 20 miles on May 3, 2021 at 10:30 p.m.", "en"),
        ("The 2024 fires and the 20-year-old driver of the F-16.", "en"),
        ("Thousands of people came.", "en"),
        ("Il a 34 ans et court 20 kilomètres le 3 mai 2021.", "fr"),
        ("Tiene 34 años y corrió 20 kilómetros el 3 de mayo de 2021.", "es"),
        ("Er wohnt in einem Haus und hat eine Katze.", "de"),
        ("Er wohnt in 12 Häusern.", "nl"),
        ("Er wohnt in der Lindenstraße 12 Hinterhaus.", "de"),
        ("Nach § 7 Abs. 1 Deichgesetz und Art. 2 Abs. 2 S. 1 Hafengesetz gilt das.", "de"),
        ("2 EL Öl und 1 Päckchen Hefe zugeben, das Werk liefert 5 GWh.", "de"),
        ("Kommentare: 0\n\nNeue Nachricht", "de"),
        ("Er trat mit Windows 11 Rechnern gegen Formel 1 Fahrer an.", "de"),
        ("In Halle 7 Messegelände gilt ab 2031 Maskenpflicht.", "de"),
        ("The iPhone 15 models and Windows 11 users met at Article 5 members.", "en"),
        ("He weighs 243 pounds, adds two tablespoons of oil and 2 cups flour.", "en"),
        ("It takes 20 mins; grains below 2.5 microns; 5 GWh a year.", "en"),
        ("He had 27 points and 11 rebounds at 12 Harbour Road, room 5.", "en"),
        ("Au cours des trois dernières années et des deux prochains mois.", "fr"),
        ("Ajoutez 2 cuillères de farine et 5 GWh.", "fr"),
        ("En los tres últimos años, 2 cucharadas de harina.", "es"),
        ("Der Bau kostet 700 bis 1 Million Euro.", "de"),
        ("It owes 7,000 trillion dollars.", "en"),
        ("A household has 2.3 residents.", "en"),
        ("More than 1 in 4 rowers smoke.", "en"),
        ("Nur 3 von 8 Ruderern kamen.", "de"),
        ("Un marin sur six fume.", "fr"),
        ("Tres de cada ocho marineros fuman.", "es"),
        ("Er kaufte 8 Pfund Kartoffeln.", "de"),
        ("Der Tee kostet 80 isländische Kronen.", "de"),
        ("El té cuesta 80 pesos.", "es"),
        ("Das Ei kostet 40 Cent.", "de"),
        ("Melden unter 0171 445566 Nachts", "de"),
    ],
)
def test_what_counts_nothing_is_no_claim(text: str, language: str) -> None:
    assert claims(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("El puente costará 1.200,5 millones de euros.", "es", 1_200_500_000, "EUR"),
        ("Le pont coûte 20 millions d’euros.", "fr", 20_000_000, "EUR"),
        ("Le pont coûte trois milliards de dollars.", "fr", 3_000_000_000, "USD"),
        ("Die Brücke kostet 5 Millionen Schweizer Franken.", "de", 5_000_000, "CHF"),
        ("The bridge costs 5 million pounds.", "en", 5_000_000, "GBP"),
        ("The bridge costs 176 Hong Kong dollars.", "en", 176, "HKD"),
        ("El puente costó 300 pesos mexicanos.", "es", 300, "MXN"),
        ("El puente costó 300 dólares canadienses.", "es", 300, "CAD"),
        ("Le pont coûte 300 dollars australiens.", "fr", 300, "AUD"),
        ("Die Brücke kostet 300 kanadische Dollar.", "de", 300, "CAD"),
        ("Die Brücke kostet 300 türkische Lira.", "de", 300, "TRY"),
    ],
)
def test_money_is_told_by_its_currency_however_it_follows(text: str, language: str, value: float, unit: str) -> None:
    claim = only(text, language)
    assert (claim.value_low, claim.unit, claim.object) == (value, unit, None)


def test_a_sign_belongs_to_the_number_before_it() -> None:
    assert [claim.unit for claim in claims("10,00 € 15,00 CHF")] == ["EUR", "CHF"]


@pytest.mark.parametrize(
    ("text", "language", "modality"),
    [
        ("Angeblich wurden 40 Ruderer festgenommen.", "de", "reported"),
        ("Mutmaßlich wurden acht Fischer entführt.", "de", "reported"),
        ("Medienberichten zufolge starben zwölf Menschen.", "de", "reported"),
        ("Bei dem Sturm sollen zehn Fischer getötet worden sein.", "de", "reported"),
        ("Die Regierung wies Berichte über 200 Tote zurück.", "de", "denied"),
        ("Die Behauptung, es habe 500 Tote gegeben, ist falsch.", "de", "denied"),
        ("Das Hafenamt dementierte, dass 30 Beamte gingen.", "de", "denied"),
        ("Die Werft entlässt 300 Mitarbeiter.", "de", "asserted"),
        ("Die Werft wies einen Gewinn von 3 Millionen Euro aus, heißt es im Bericht.", "de", "asserted"),
        ("Es ertranken 9 Ruderer; die Behauptung der Werft ist falsch.", "de", "asserted"),
        ("Dass 9 Ruderer ertranken, trifft nicht zu.", "de", "denied"),
        ("It is not true that 9 rowers drowned.", "en", "denied"),
        ("The yard rejected a bid of 9 million euros, reports say.", "en", "asserted"),
        ("No es cierto que se ahogaran 9 marineros.", "es", "denied"),
        ("Il n’est pas vrai que 9 marins sont morts.", "fr", "denied"),
        ("It is alleged that he took $5 million.", "en", "reported"),
        ("At least 40 rowers were reportedly arrested.", "en", "reported"),
        ("The claim that 500 people died is false.", "en", "denied"),
        ("The harbour office rejected reports of 200 deaths.", "en", "denied"),
        ("The court rejected an appeal by 12 workers.", "en", "asserted"),
        ("He was denied entry with 12 other passengers.", "en", "asserted"),
        ("La tempête aurait fait dix morts.", "fr", "reported"),
        ("Le port nie la mort de 30 marins.", "fr", "denied"),
        ("Le chantier supprime 300 emplois.", "fr", "asserted"),
        ("La tormenta habría dejado diez muertos.", "es", "reported"),
        ("El puerto desmintió la muerte de 30 marineros.", "es", "denied"),
        ("El astillero despide a 300 trabajadores.", "es", "asserted"),
    ],
)
def test_what_is_alleged_or_denied_is_told_apart(text: str, language: str, modality: str) -> None:
    assert only(text, language).modality == modality


@pytest.mark.parametrize(
    ("text", "language", "events"),
    [
        ("Bei dem Unglück starben 12 Fahrer, 30 Menschen wurden verletzt.", "de", ["KILL", "WOUND"]),
        ("Bei dem Unglück kamen 12 Menschen ums Leben.", "de", ["KILL"]),
        ("The storm killed 12 people and 30 residents were injured.", "en", ["KILL", "WOUND"]),
        ("Police arrested 40 protesters.", "en", ["ARREST"]),
        ("La tempête a fait 12 morts.", "fr", ["KILL"]),
        ("La tormenta dejó 12 heridos.", "es", ["WOUND"]),
        ("Am Ufer standen 12 Menschen.", "de", [None]),
        ("Keiner der 80 Fahrer wurde verletzt.", "de", [None]),
        ("Von den 80 Fahrern starb niemand.", "de", [None]),
        ("80 drivers came home without being hurt.", "en", [None]),
        ("Aucun des 80 passagers n’est mort.", "fr", [None]),
        ("Ninguno de los 80 pasajeros murió.", "es", [None]),
        ("Nicht nur 9 Fahrer starben.", "de", ["KILL"]),
        ("No fewer than 9 drivers died, nobody was saved.", "en", ["KILL"]),
    ],
)
def test_what_happened_to_people_is_told(text: str, language: str, events: list[str | None]) -> None:
    assert [claim.event for claim in claims(text, language)] == events


def test_one_counts_beside_another_number() -> None:
    assert [(c.value_low, c.object) for c in claims("Es starben zwei Touristen und ein Polizist.")] == [
        (2, "Touristen"),
        (1, "Polizist"),
    ]


@pytest.mark.parametrize(
    ("text", "language", "claimant", "modality"),
    [
        ("Nach Angaben der Polizei kamen 300 Menschen.", "de", "Polizei", "reported"),
        ("Laut Innenministerium kamen 300 Menschen.", "de", "Innenministerium", "reported"),
        ("Nach Angaben des Küstenschutzes kamen 300 Menschen.", "de", "Küstenschutz", "reported"),
        ("Nach Angaben des Wetterdienstes kamen 300 Menschen.", "de", "Wetterdienst", "reported"),
        ("Vor 300 Gästen sagte Anna Keller, sie komme wieder.", "de", None, "reported"),
        ("Nach Angaben Roms kamen 300 Menschen.", "de", "Rom", "reported"),
        ("Der Polizei zufolge kamen 300 Menschen.", "de", "Polizei", "reported"),
        ("Anna Keller sagte, es seien 300 Menschen gekommen.", "de", "Anna Keller", "reported"),
        ("Dabei sollen 300 Menschen gekommen sein.", "de", None, "reported"),
        ("Die Polizei bestritt, dass 300 Menschen kamen.", "de", "Polizei", "denied"),
        ("Gestern kamen 300 Menschen.", "de", None, "asserted"),
        ("According to the interior ministry, 300 people came.", "en", "interior ministry", "reported"),
        ("Ruth Adler said 300 people came.", "en", "Ruth Adler", "reported"),
        ("Eigenen Angaben zufolge kamen 300 Menschen.", "de", None, "reported"),
        ("Der Steuerrat rechnet mit 300 Menschen.", "de", "Steuerrat", "reported"),
        ("The harbour board estimates 300 people came.", "en", "harbour board", "reported"),
        ("The city council expects 300 people to come.", "en", "city council", "reported"),
        ("A Harbour Board study found 300 people came.", "en", "Harbour Board study", "reported"),
        ("Selon la police, 300 personnes sont venues.", "fr", "police", "reported"),
        ("Según la policía, llegaron 300 personas.", "es", "policía", "reported"),
    ],
)
def test_the_claimant_is_whom_the_sentence_names(text: str, language: str, claimant: str | None, modality: str) -> None:
    claim = only(text, language)
    assert (claim.claimant, claim.modality) == (claimant, modality)


@pytest.mark.parametrize(
    ("text", "language", "raw", "qualifier"),
    [
        ("…rund 50 Menschen starben.", "de", "rund 50 Menschen", "about"),
        ("etwa/rund 50 Menschen starben.", "de", "rund 50 Menschen", "about"),
        ("**about 50 people died.", "en", "about 50 people", "about"),
        ("…mehr als 50 Menschen starben.", "de", "mehr als 50 Menschen", "over"),
        ("…mindestens ein Mensch starb.", "de", "mindestens ein Mensch", "at_least"),
    ],
)
def test_a_sign_before_a_qualifier_does_not_hide_it(text: str, language: str, raw: str, qualifier: str) -> None:
    claim = only(text, language)
    assert (claim.raw_text, claim.qualifier) == (raw, qualifier)


@pytest.mark.parametrize("noun", ["US-Dollar-Kredit", "US-Dollar"])
def test_a_currency_of_two_words_may_begin_a_longer_one(noun: str) -> None:
    claim = only(f"Der 50 Millionen {noun} wurde bewilligt.")
    assert (claim.raw_text, claim.unit) == ("50 Millionen US-Dollar", "USD")


@pytest.mark.parametrize(
    ("text", "language", "claimants"),
    [
        ("Die Polizei meldete 9 Tote, während die Klinik 20 Tote zählte.", "de", ["Polizei", None]),
        ("Police said 9 people died; 20 people were hurt.", "en", ["Police", None]),
        ("Nine people died and 20 people were hurt, police said.", "en", ["police", "police"]),
    ],
)
def test_a_source_covers_its_part_of_a_contrast(text: str, language: str, claimants: list[str | None]) -> None:
    assert [claim.claimant for claim in claims(text, language)] == claimants


def test_a_denial_ends_where_the_sentence_turns() -> None:
    text = "The yard denied that it sold 9 boats, but admitted that it lost 20 boats."
    assert [claim.modality for claim in claims(text, "en")] == ["denied", "asserted"]


def test_hearsay_goes_on_with_the_claimant_of_the_sentence_before() -> None:
    first, second = claims("Laut Polizei brannten 20 Häuser. Auch seien dabei 12 Boote gesunken.")
    assert (first.claimant, second.claimant) == ("Polizei", "Polizei")


def test_a_document_told_of_before_is_not_whoever_spoke_last() -> None:
    claim = only("Anna Keller klagte, sagte Keller. Dem Urteil zufolge kamen 300 Menschen.")
    assert (claim.claimant, claim.modality) == (None, "reported")


def test_whoever_begins_a_sentence_and_expects_a_figure_states_it() -> None:
    assert claims("Ökonom Jan Felder kam. Felder erwartet 3 Prozent.")[0].claimant == "Jan Felder"


def test_hearsay_of_another_clause_does_not_carry_over() -> None:
    told = "Anna Keller sagte, sie komme. Nach vier Senkungen meint man, dass die Bank warte und es besser sei."
    assert only(told).claimant is None


def test_a_claim_inside_a_quotation_is_that_of_its_speaker() -> None:
    claim = only("Wirt Jonas Berg freute sich. „Es kamen mehr als 200 Gäste ins Haus“, sagte Berg.")
    assert (claim.claimant, claim.quote_no, claim.modality) == ("Jonas Berg", 0, "reported")


def test_a_compound_noun_is_what_its_end_says() -> None:
    assert [c.unit for c in claims("Dort standen 20 Fahrzeuge, 30 Schulkinder und 12 Flugzeuge.")] == [
        "things",
        "people",
        "things",
    ]


def test_the_place_is_one_that_the_sentence_names() -> None:
    assert only("In Hamburg wurden 12 Menschen verletzt.").place == "Hamburg"


def test_embedded_posts_are_not_read() -> None:
    body = "Es kamen 12 Gäste. 4,000 people came! Es blieben 3 Gäste."
    post = (body.index("4,000"), body.index(" Es blieben"))
    assert [c.value_low for c in find_claims(body, "de", [post])] == [12, 3]


@pytest.mark.parametrize(
    "piece", ["1234567890", "1 ", "1.", "$1 ", "zwei ", "drei und ", "20 Tote, ", "zwischen 1 und "]
)
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    assert seconds(find_claims, piece, 80_000) < 10 * max(seconds(find_claims, piece, 20_000), 0.02)


def test_a_range_may_begin_at_zero() -> None:
    claim = only("Der Anteil liegt bei 0 bis 15 Prozent.")
    assert (claim.value_low, claim.value_high, claim.qualifier) == (0, 15, "range")
