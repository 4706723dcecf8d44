"""Texts written to break the mining of fields: each a piece said again and again, in the language whose rules it meets."""

from typing import NamedTuple


class Text(NamedTuple):
    """The piece that is repeated, with the language in which it is read."""

    piece: str
    language: str = "de"

    def make(self, size: int) -> str:
        """Return the text of so many characters."""
        return (self.piece * (size // len(self.piece) + 1))[:size]


TEXTS: dict[str, Text] = {
    "prose": Text("Die Fähre blieb im Hafen, weil der Wind zu stark war. "),
    "one word": Text("x"),
    "one word with capitals": Text("Xx"),
    "no white space": Text("Der.Wind,„stark“;sagte-Keller:12.000"),
    "open marks": Text("„"),
    "open marks and words": Text("„Der Wind "),
    "closing marks": Text("“ "),
    "straight marks": Text('" '),
    "single marks": Text("' "),
    "nested quotations": Text("„Er sagte «sie rief ‚halt‘ laut» und ging“ "),
    "marks ever deeper": Text("„‚«"),
    "marks at every paragraph": Text("\n\n„Der Wind war stark"),
    "digits": Text("0123456789"),
    "numbers": Text("12.345,6 "),
    "numbers of groups": Text("1.000"),
    "ranges": Text("3 bis "),
    "number words": Text("zweiundzwanzig hundert "),
    "number words in one": Text("hundertzweiundzwanzigtausend"),
    "counted people": Text("mehr als 300 Menschen "),
    "money": Text("$3 million bn ", "en"),
    "capitals": Text("A"),
    "capitalised words": Text("Anna Keller "),
    "initials": Text("A. B. "),
    "hyphens of names": Text("Anna-"),
    "elisions": Text("L’A", "fr"),
    "cue words": Text("sagte "),
    "cue words of English": Text("said according to ", "en"),
    "cue words of French": Text("selon a déclaré ", "fr"),
    "cue words of Spanish": Text("según dijo ", "es"),
    "sources": Text("laut Polizei, so Keller, "),
    "reported clauses": Text("Keller sagte, dass "),
    "hearsay": Text("Das sei so. Er habe das gesagt. "),
    "quotations with speakers": Text("„Der Wind war stark“, sagte Anna Keller. „Er bleibt“, sagte der Minister. "),
    "pronouns": Text("Er sagte: Sie sagte: "),
    "roles": Text("Ministerpräsident der Präsidenten des Ministers "),
    "organisations": Text("Ministerium für Bank der Universität von "),
    "acronyms": Text("EU (NATO) "),
    "towns": Text("Paris Berlin Lyon "),
    "towns joined": Text("Paris-Berlin-"),
    "brackets": Text("(("),
    "combining characters": Text("e\u0301\u0323"),
    "one letter with marks without end": Text("\u0301"),
    "ends of sentences": Text(". "),
    "stops": Text("..."),
    "commas": Text(", "),
    "line ends": Text("\n\n"),
    "colons": Text("Keller: "),
    "dashes": Text("— "),
    "soft hyphens": Text("Wi\u00adnd\u00ad"),
    "signatures of posts": Text("— Hafen (@hafen) 3. März 2021 ", "en"),
    "open signatures of posts": Text("— Hafen (@", "en"),
    "wide characters": Text("𝕏😀"),
}
