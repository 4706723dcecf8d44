import pytest

from pipeline.text.lexicon import given_names
from pipeline.text.quotes import find_quotes


def speakers(text: str, language: str = "de") -> list[str | None]:
    return [q.speaker for q in find_quotes(text, language) if q.kind in ("direct", "mixed")]


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        ("Mark Hill met Ann Cole in June. “We will go on with it,” she said.", "en", "Ann Cole"),
        ("Mark Hill met Ann Cole in June. “We will go on with it,” he said.", "en", "Mark Hill"),
        ("Luc Morel attendait Anne Petit. « C’est un grand jour pour nous », a-t-il ajouté.", "fr", "Luc Morel"),
        ("Karl Brandt traf Anna Keller. „Das ist ein guter Tag“, sagte sie.", "de", "Anna Keller"),
        ("Ministerin Zita Brandt traf Karl Keller. „Das ist ein guter Tag“, sagte sie.", "de", "Zita Brandt"),
    ],
)
def test_a_pronoun_stands_for_somebody_of_its_gender(text: str, language: str, speaker: str) -> None:
    assert speakers(text, language) == [speaker]


def test_a_role_beside_a_name_makes_it_one_that_a_pronoun_may_stand_for() -> None:
    text = "Ann Cole spoke. Opposition leader Zorun Quill denied it. “We will go on with it,” he said."
    assert speakers(text, "en") == ["Zorun Quill"]


def test_a_pronoun_stands_for_nobody_of_another_gender() -> None:
    assert speakers("Karl Brandt kam. „Das ist ein guter Tag“, sagte sie.") == [None]


def test_a_pronoun_goes_over_to_somebody_named_long_after_the_last_to_act() -> None:
    between = "Der Weg zum Hafen ist lang und führt durch die alte Stadt. " * 5
    text = f"Mark Hill kam. {between}Dort wohnt Karl Brandt. „Das ist ein guter Tag“, sagte er."
    assert speakers(text) == ["Karl Brandt"]


@pytest.mark.parametrize(
    "text",
    [
        "Anna Keller rief an. „Das ist ein guter Tag“, sagte die 54-Jährige.",
        "Anna Keller rief an. „Das ist ein guter Tag“, sagte die Forscherin.",
        "Anna Keller rief an. „Das ist ein guter Tag“, sagte Keller der „Neuen Post“.",
        "Relativierend sagte Anna Keller: „Das ist ein guter Tag.“",
        "Auch Anna Keller, Chefin der Werft, zeigte sich zufrieden: „Das ist ein guter Tag.“",
        "Der Rat tagte. Hier sparte die Ärztin Anna Keller nicht mit Lob: „Das ist ein guter Tag.“",
        "„Das ist ein guter Tag“, sagte am Montag in Kiel die Vorsitzende Anna Keller.",
        "Karl Brandt kam, die Sprecherin des Amtes, Anna Keller (CDU), erklärte: „Das ist ein guter Tag.“",
    ],
)
def test_german_speakers_are_found_where_they_stand(text: str) -> None:
    assert speakers(text) == ["Anna Keller"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ann Cole, 43, a nurse from Leeds, told reporters: “We will go on with it.”", "en"),
        ("Ann Cole, speaking after the vote, said it was “not a lie”.", "en"),
        ("“El plan es bueno para todos”, según ha explicado Ann Cole.", "es"),
        ("Ann Cole ha dicho que “no habrá pacto”. Además, ha lamentado “las mentiras del año”.", "es"),
        ("« C’est un grand jour pour nous », s’est félicitée Ann Cole.", "fr"),
        ("Pour Ann Cole, le plan est « une grave erreur ».", "fr"),
    ],
)
def test_speakers_of_other_languages_are_found_where_they_stand(text: str, language: str) -> None:
    assert set(speakers(text, language)) == {"Ann Cole"}


def test_who_leads_to_a_colon_speaks_and_not_who_spoke_before() -> None:
    text = "„Das ist ein guter Tag“, sagte Anna Keller. Karl Brandt lachte laut: „Das ist ein guter Witz.“"
    assert speakers(text) == ["Anna Keller", "Karl Brandt"]


def test_a_colon_that_nobody_leads_to_leaves_the_speaker_open() -> None:
    text = "„Das ist ein guter Tag“, sagte Anna Keller. Auf dem Schild stand: „Das Baden ist hier verboten.“"
    assert speakers(text) == ["Anna Keller", None]


def test_two_quotations_joined_by_a_word_have_one_speaker() -> None:
    assert speakers("Anna Keller sagte: „Das ist ein guter Tag.“ Und: „Wir feiern ihn.“") == ["Anna Keller"] * 2


def test_what_the_mood_reports_is_said_by_the_one_who_spoke_and_not_by_whom_it_is_about() -> None:
    text = "„Das ist ein guter Tag“, sagte Anna Keller. Karl Brandt sei „klug und sehr freundlich“."
    assert speakers(text) == ["Anna Keller", "Anna Keller"]


def test_a_sentence_of_hearsay_in_between_leaves_the_word_to_the_one_who_spoke() -> None:
    text = "Die Lage sei ernst, sagte Anna Keller. Karl Brandt habe den Hafen besetzt. „Wir räumen jetzt das Lager.“"
    assert speakers(text) == ["Anna Keller"]


def test_what_only_looks_like_a_source_is_nobody() -> None:
    text = "Ana Ruiz cita a la directora, para el próximo viernes, porque ve “muy graves” los indicios."
    assert speakers(text, "es") == ["Ana Ruiz"]


def test_the_court_is_no_part_of_the_name_of_its_judge() -> None:
    text = "El juez del Tribunal Mayor Luis Vega cerró el caso. “La causa ya no tiene sentido”, dijo Vega."
    assert speakers(text, "es") == ["Luis Vega"]


def test_who_acted_in_between_speaks_next() -> None:
    text = "„Das ist ein guter Tag“, sagte Anna Keller. Karl Brandt freut sich auf mehr. „Wir feiern jetzt alle.“"
    assert speakers(text) == ["Anna Keller", "Karl Brandt"]


def test_a_name_in_marks_may_speak() -> None:
    assert speakers("Die „Neue Post“ schreibt: „Das ist ein guter Tag.“") == ["Neue Post"]


def test_a_document_speaks_where_nobody_else_does() -> None:
    assert speakers("In einer Erklärung der Polizei hieß es: „Das ist ein guter Tag.“") == ["Polizei"]


def test_given_names_tell_the_gender_or_that_they_do_not() -> None:
    names = given_names()
    assert (names["Anna"], names["Karl"], names["Kim"], names.get("Hafen", "no name")) == ("f", "m", None, "no name")


def test_two_capitalised_words_that_begin_a_sentence_are_not_yet_a_person() -> None:
    assert speakers("Jeglicher Kontakt war verboten. „Wir haben es nie erfahren und nie gefragt.“") == [None]


def test_a_given_name_alone_may_lead_to_a_quotation() -> None:
    assert speakers("Anna hatte den Antrag mit diesen Worten abgelehnt: „Das machen wir nicht.“") == ["Anna"]


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        ("Das Blatt zitiert den Bürgermeister mit den Worten „Wir bauen die Brücke jetzt.“", "de", "Bürgermeister"),
        ("„Wir bauen die Brücke jetzt“, zitiert das Blatt Anna Keller.", "de", "Anna Keller"),
        ("Anna Keller kam. Keller zitierte ihren Vater: „Wir bauen die Brücke jetzt.“", "de", "Anna Keller"),
        ("The paper quoted mayor Ruth Adler as saying: “We will build it now.”", "en", "Ruth Adler"),
    ],
)
def test_whom_a_newspaper_quotes_speaks_and_not_the_newspaper(text: str, language: str, speaker: str) -> None:
    assert speakers(text, language) == [speaker]


def test_what_stands_behind_a_verb_that_goes_on_is_its_object() -> None:
    text = "Anna Keller sagte, der Bau sei beendet, und nannte die Kosten „ziemlich hoch für alle“."
    assert speakers(text) == ["Anna Keller"]


def test_a_soft_hyphen_is_no_part_of_a_word() -> None:
    text = "Karl Brandt traf Anna Keller. „Das ist ein guter Tag“, sagte \u00adKel\u00adler."
    assert speakers(text) == ["Anna Keller"]


def test_in_an_interview_each_turn_is_said_by_whom_it_names() -> None:
    text = "Richter: „Wo waren Sie am Abend?“ Zeugin: „Ich war den ganzen Abend hier.“"
    assert speakers(text) == ["Richter", "Zeugin"]


def test_what_follows_reported_speech_is_said_by_the_same_one() -> None:
    text = (
        "Die Brücke werde teuer, erklärte Anna Keller der Zeitung. Der Bau gehe dennoch weiter. "
        "„Wir haben dafür lange gespart.“"
    )
    assert speakers(text) == ["Anna Keller"]


def test_who_acted_two_sentences_before_speaks_in_the_same_paragraph_only() -> None:
    text = "Anna Keller hat lange gesucht.{}Nun liegt alles auf dem Tisch. „Das ist ein guter Fund für uns.“"
    assert speakers(text.format(" ")) == ["Anna Keller"]
    assert speakers(text.format("\n\n")) == [None]


def test_somebody_without_a_name_goes_on_speaking_too() -> None:
    text = "Das Haus sei alt, berichtet eine Dame. „Dort war früher eine schöne Gaststätte.“"
    assert speakers(text) == ["Dame"]


def test_of_two_nouns_and_a_name_behind_a_singular_verb_the_name_speaks() -> None:
    assert speakers("„Das ist ein guter Tag“, erklärt Chemiker und Autor Karl Brandt.") == ["Karl Brandt"]
    assert speakers("„Das ist ein guter Tag“, erklären Chemiker und Autor Karl Brandt.") != ["Karl Brandt"]


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        ("Bald heißt es wieder „wir bauen die Brücke im Tal“.", "de", None),
        ("New rules will end what officials called the “outdated and unfair” system.", "en", "officials"),
        ("“El plan es bueno para todos”, dice sobre el ministro, que calla.", "es", None),
        (
            "La jueza Ann Cole cita al alcalde, para el próximo 9 de mayo al considerar “muy grave” el caso.",
            "es",
            "Ann Cole",
        ),
    ],
)
def test_adverbs_dates_and_whom_it_is_about_do_not_speak(text: str, language: str, speaker: str | None) -> None:
    assert speakers(text, language) == [speaker]


def test_a_pronoun_stands_for_none_of_several_names_in_a_list() -> None:
    text = "Mark Hill spoke at length. {} The film is with {}. “It is a good day,” he said."
    between = (
        "The evening was about films, trees, boats, and much of what was shown on the old stage by the river. " * 3
    )
    assert speakers(text.format(between, "Tom Reed"), "en") == ["Tom Reed"]
    assert speakers(text.format(between, "Tom Reed and Peter Wood"), "en") == ["Mark Hill"]


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        ("Der Bruder von Anna Keller sagte: „Sie ist längst am Meer.“", "de", "Bruder von Anna Keller"),
        ("Die Ärztin von Trainer Hans Meier sagte: „Er wird bald gesund.“", "de", "Ärztin von Trainer Hans Meier"),
        ("Das Fazit von Anna Keller lautete: „Es wird jetzt eng.“", "de", "Anna Keller"),
        ("The doctor for Mark Hill said: “He will be fine again.”", "en", "doctor for Mark Hill"),
        ("Le médecin de Luc Morel a déclaré : « Il va déjà mieux. »", "fr", "médecin de Luc Morel"),
        ("La hermana de Marta Ruiz dijo: «No volverá este año».", "es", "hermana de Marta Ruiz"),
        ("„Wir sind bald da“, sagte Ursula von Stetten.", "de", "Ursula von Stetten"),
        ("„Wir sind bald da“, so der Chef des Verwaltungsrats Hans Meier.", "de", "Hans Meier"),
    ],
)
def test_whoever_belongs_to_somebody_is_not_that_person(text: str, language: str, speaker: str) -> None:
    assert speakers(text, language) == [speaker]


@pytest.mark.parametrize(
    ("text", "language", "speaker"),
    [
        ("Ruth Adler thanked Mark Hill, who replied that the pier was “a wreck”.", "en", "Mark Hill"),
        ("Marta Ruiz llamó a Juan Gil, quien contestó que «no queda nada».", "es", "Juan Gil"),
        ("Luc Morel a salué Anne Petit, qui a répondu que « rien ne presse ».", "fr", "Anne Petit"),
        ("Hans Meier traf Anna Keller, die sagte, das Boot sei „völlig leck“.", "de", "Anna Keller"),
    ],
)
def test_a_relative_clause_gives_whom_it_describes(text: str, language: str, speaker: str) -> None:
    assert speakers(text, language) == [speaker]


@pytest.mark.parametrize(
    ("last", "speaker"),
    [
        ("so die Ministerin.", "Ministerin"),
        ("sagte der Minister.", "Minister"),
    ],
)
def test_a_role_of_two_people_or_of_no_one_of_its_gender_is_nobody_s(last: str, speaker: str) -> None:
    text = f"Verkehrsminister Hans Meier und Bauminister Karl Brandt kamen. „Das ist ein guter Tag“, {last}"
    assert speakers(text) == [speaker]


def test_a_pronoun_tells_the_gender_of_whom_it_stood_for() -> None:
    text = "Mayor Zorun Quill met Mark Hill. “We will go on with it,” she said. “We will not do it,” he said."
    assert speakers(text, "en") == ["Zorun Quill", "Mark Hill"]
