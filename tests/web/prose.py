"""Invented news in German and English: the same number and text letter always give the same article."""

import random
from typing import Any, NamedTuple

PLACES = {
    "de": ("Ahlbrück", "Niederwalden", "Kesterau", "Sankt Ilgen am See", "Torfhaven", "Grünloh"),
    "en": ("Elmtown", "Port Hallow", "Westering", "Millbrook Quay", "Fennwick", "North Averley"),
}
PEOPLE = {
    "de": ("Jutta Ahrendsen", "Ole Brandhoff", "Miriam Tölke", "Kaspar Wendelin", "Ayla Demirkol", "Rolf Steinacker"),
    "en": ("Harriet Colby", "Owen Trask", "Priya Nandal", "Marcus Ellery", "Joan Whitlow", "Samuel Okoro"),
}
HEADLINES = {
    "de": (
        "{place}: Brücke über die Mahre bleibt bis {month} gesperrt",
        "Streik im Hafen von {place} beendet",
        "{count} Anträge auf Wohngeld in {place} liegen unbearbeitet",
        "Neues Hallenbad für {place}: Rat stimmt nach langem Streit zu",
        "Sturm deckt {count} Dächer in {place} ab",
    ),
    "en": (
        "{place} bridge to stay closed until {month}",
        "Harbour strike in {place} ends after {count} days",
        "{count} housing claims pile up in {place}",
        "Council of {place} backs new swimming hall after long row",
        "Storm tears {count} roofs off houses in {place}",
    ),
}
SENTENCES = {
    "de": (
        "Die Stadtverwaltung von {place} hat am Vormittag mitgeteilt, dass {count} Haushalte betroffen sind.",
        "„Wir haben das zu lange vor uns hergeschoben“, sagte {person} am Rand der Sitzung.",
        "Nach Angaben der Feuerwehr waren {count} Helfer bis in den Abend hinein im Einsatz.",
        "Die Kosten werden inzwischen auf {amount} Millionen Euro geschätzt, ein Drittel mehr als im Vorjahr.",
        "{person} kündigte an, den Bericht noch im {month} öffentlich auszulegen.",
        "An der Kreuzung beim alten Speicher stauten sich die Wagen zeitweise über zwei Kilometer.",
        "Ein Gutachten aus {place} kommt zu dem Schluss, dass die Pfeiler schon vor Jahren hätten erneuert werden müssen.",
        "Der Betriebsrat zeigte sich erleichtert, verlangte aber Zusagen für die nächsten {count} Monate.",
        "„Niemand muss heute Nacht in der Turnhalle schlafen“, erklärte {person} den Wartenden.",
        "In der Aussprache meldeten sich {count} Anwohner zu Wort, die meisten aus der Unterstadt.",
        "Ob das Land einen Teil der Summe übernimmt, soll sich bis {month} entscheiden.",
        "Vor dem Rathaus hatten sich am Mittag etwa {count} Menschen versammelt.",
    ),
    "en": (
        "The town hall of {place} said on Tuesday morning that {count} households were affected.",
        "“We have put this off for far too long,” said {person} on the fringe of the meeting.",
        "According to the fire service, {count} helpers were at work until late in the evening.",
        "The cost is now put at {amount} million euros, a third more than a year ago.",
        "{person} promised to publish the report before the end of {month}.",
        "At the crossing by the old granary, cars queued for more than two kilometres at times.",
        "A survey from {place} concludes that the piers should have been renewed years ago.",
        "The works council was relieved but asked for assurances for the next {count} months.",
        "“Nobody has to sleep in the gym tonight,” {person} told those who were waiting.",
        "In the debate {count} residents took the floor, most of them from the lower town.",
        "Whether the county will bear part of the sum is to be settled by {month}.",
        "About {count} people had gathered in front of the town hall at noon.",
    ),
}
MONTHS = {"de": ("April", "Juni", "September"), "en": ("April", "June", "September")}
CORRECTIONS = {
    "de": "Anmerkung der Redaktion: In einer früheren Fassung dieses Artikels war eine Zahl falsch. Wir haben sie korrigiert.",
    "en": "Correction: An earlier version of this article gave a wrong number. It has been corrected.",
}


class Story(NamedTuple):
    """What an article says."""

    headline: str
    summary: str
    author: str
    paragraphs: tuple[str, ...]


def story(site: str, language: str, number: int, text: str = "A") -> Story:
    """Return article `number` of a site; another letter for `text` changes its headline and one paragraph."""
    dice = random.Random(f"{site} {number}")
    fill = _words(dice, language)
    headline = dice.choice(HEADLINES[language]).format(**fill)
    paragraphs = [_paragraph(dice, language) for _ in range(dice.randint(5, 30))]
    author, summary = dice.choice(PEOPLE[language]), dice.choice(SENTENCES[language]).format(**fill)
    if text != "A":
        changed = random.Random(f"{site} {number} {text}")
        headline = changed.choice(HEADLINES[language]).format(**_words(changed, language))
        paragraphs[1] = _paragraph(changed, language)
    return Story(f"{headline} ({number})", summary, author, tuple(paragraphs))


def _paragraph(dice: random.Random, language: str) -> str:
    chosen = dice.sample(SENTENCES[language], dice.randint(3, 5))
    return " ".join(sentence.format(**_words(dice, language)) for sentence in chosen)


def _words(dice: random.Random, language: str) -> dict[str, Any]:
    return {
        "place": dice.choice(PLACES[language]),
        "person": dice.choice(PEOPLE[language]),
        "count": dice.randint(12, 480),
        "amount": dice.randint(2, 90),
        "month": dice.choice(MONTHS[language]),
    }
