"""Organisations: listed names, names around a word such as "Ministry" or "Bank", and acronyms."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.text.lexicon import Lexicon
from pipeline.text.names import Name, Word, kind, lists, lower_words, nominative
from pipeline.text.places import Found
from pipeline.text.traits import is_given

# "Ministry of Defence", "Institut für Seismologie"
_NAMES = r"(?: (?:and )?(?!And |The )[A-ZÄÖÜÉ][\w-]+){1,5}"
_LINKED = re.compile(rf" (?:of|for|de|des|du|del)(?: (?:the|la|las|los|les))?{_NAMES}")
_LINKED_IN_GERMAN = re.compile(rf" (?:für|zu|zur){_NAMES}")
_ACRONYM = re.compile(r"[A-ZÄÖÜ](?<![\w.&/-].)[A-ZÄÖÜ]{1,5}(?![\w&/-])")
_ROMAN = re.compile(r"[IVXLCDM]+")
_SHOUTING = re.compile(r"[A-ZÄÖÜ]{2,}\W{1,3}$|^\W{1,3}[A-ZÄÖÜ]{2,}(?!\w)")
_IN_BRACKETS = re.compile(r" \(([A-ZÄÖÜ][\w-]{1,9})\)")
_CAPITALS_IN_BRACKETS = re.compile(r" \(([A-ZÄÖÜ]{3,8})\)")
_CLAUSE_END = re.compile(r"[.;:!?()\n\"“”„«»][^.;:!?()\n\"“”„«»]*\Z")
_LONGEST_FORM = 90
# A town of North America and a plural: "Denver Nuggets", but not "Denver Hills".
_TEAM = re.compile(r" (?:(?:Red|White|Blue|Golden|Maple|Trail) )?(?:[A-Z][a-z]{2,}s|Sox)(?!\w)(?! [A-Z])")
_NO_TEAMS = ("Games", "Hills", "Heights", "Springs", "Falls", "Islands", "Finals", "Holidays", "Olympics", "Talks")


def find_listed(text: str, language: str | None) -> Iterator[Name]:
    """Yield the organisations of data/names.toml; in German also in front of a hyphen ("CDU-Politikerin")."""
    matcher, names = _listed()
    for number, start, end in matcher.find_matches_as_indexes(text):
        stop = end + 1 if language == "de" and text[end : end + 1] == "s" else end
        before, behind = text[max(0, start - 1) : start], text[stop : stop + 1]
        if not (
            before.isalnum() or behind.isalnum() or before in ("-", "@", "#") or (behind == "-" and language != "de")
        ):
            yield Name(start, stop, names[number])


def find_defined(text: str, words: Lexicon | None, places: set[str]) -> Iterator[Name]:
    """Yield the names that an acronym in brackets stands for: "Amt für Deichbau und Wasser (ADW)"."""
    for match in _CAPITALS_IN_BRACKETS.finditer(text):
        if match[1] not in lists().no_acronyms and match[1] not in lists().organizations:
            before = text[max(0, match.start() - _LONGEST_FORM) : match.start()]
            clause = _CLAUSE_END.search(before)
            form = _long_form(before[clause.start() + 1 :] if clause else before, match[1])
            if form and form not in places and not _begins_or_ends_otherwise(form, words):
                yield Name(match.start() - len(form), match.start(), form)


def _begins_or_ends_otherwise(form: str, words: Lexicon | None) -> bool:
    """Whether a name begins with an article or ends with an office: "Chief Digital Officer"."""
    return kind(form.split()[0], words).small or kind(form.split()[-1], words).role


def _long_form(clause: str, acronym: str) -> str | None:
    """Return the words that end a clause and whose capitals, but for one, are those of the acronym."""
    at, small = len(clause), 0
    for letter in reversed(acronym[1:]):
        capital = clause.rfind(letter, 0, at)
        small += capital < 0
        at = capital if capital >= 0 else clause.rfind(letter.lower(), 0, at)
        if at < 0 or small > 1:
            return None
    first = re.compile(rf"(?<!\w){acronym[0]}")
    starts = [match.start() for match in first.finditer(clause, 0, at)]
    form = clause[starts[-1] :] if starts else ""
    return form if 2 <= len(form.split()) <= len(acronym) + 4 else None


def find_teams(text: str, towns: Iterable[Found]) -> Iterator[Name]:
    """Yield the teams that are called after a town of North America."""
    for start, end, town in towns:
        match = _TEAM.match(text, end) if town.country_code in ("US", "CA") and town.latitude is not None else None
        if match and not match[0].endswith(_NO_TEAMS) and not is_given(town.name.split()[0]):
            yield Name(start, match.end(), text[start : match.end()])


def find_headed(text: str, chains: list[list[Word]], words: Lexicon | None, places: set[str]) -> Iterator[Name]:
    """Yield the names in chains that hold a word for an organisation beside a word that says which."""
    german = words is not None and words.language == "de"
    for part in (part for chain in chains if any(word.kind.head for word in chain) for part in _parts(chain)):
        name = _around_head(part, places, german=german)
        if not name:
            continue
        start, end = name[0].start, name[-1].end
        linked = (_LINKED_IN_GERMAN if german else _LINKED).match(text, end)
        if len(name) > 1 or linked or (german and _says_which(name[0])):
            end = linked.end() if linked else end
            yield Name(start, end, nominative(text[start:end], words))


def find_acronyms(text: str) -> Iterator[Name]:
    """Yield acronyms that stand alone, are no common abbreviation, no shouted word and no Roman number."""
    ordinary = lower_words(text)
    for match in _ACRONYM.finditer(text):
        word = match.group()
        around = (text[max(0, match.start() - 12) : match.start()], text[match.end() : match.end() + 12])
        common = word in lists().no_acronyms or word.lower() in ordinary or _ROMAN.fullmatch(word)
        if not common and not any(_SHOUTING.search(side) for side in around):
            yield Name(*match.span(), word)


def defined_acronyms(text: str, organizations: Sequence[Name]) -> dict[str, str]:
    """Return the acronyms that follow an organisation in brackets, with its name."""
    behind = ((_IN_BRACKETS.match(text, name.end), name.name) for name in organizations)
    return {match[1]: name for match, name in behind if match}


def _parts(chain: list[Word]) -> Iterator[list[Word]]:
    """Yield the chain cut at particles, each part without the offices it begins with."""
    part: list[Word] = []
    for word in chain:
        if word.kind.particle:
            yield part
            part = []
        elif part or not word.kind.role:
            part.append(word)
    yield part


def _around_head(part: list[Word], places: set[str], *, german: bool) -> list[Word]:
    last = max((at for at, word in enumerate(part) if word.kind.head), default=None)
    if last is None:
        return []
    if last > 0:
        return part[: last + 1]
    if not german:
        return part
    return part[:2] if len(part) > 1 and part[1].text in places else part[:1]


def _says_which(word: Word) -> bool:
    """Whether a German compound names one organisation: "Außenministerium", "Max-Planck-Institut"."""
    first, hyphen, _ = word.text.partition("-")
    named = bool(hyphen) and (is_given(first) or (len(first) > 1 and first.isupper()))
    return named or word.kind.compound


@cache
def _listed() -> tuple[AhoCorasick, list[str]]:
    forms = lists().organizations
    return AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest), list(forms.values())
