"""Blocks as lines with the stock phrases in them, and what a line is by its phrases wherever it stands."""

import re
from typing import NamedTuple

from pipeline.html.blocks import Block
from pipeline.html.marked import is_prose
from pipeline.html.phrases import LONGEST_WHOLE, Phrase, bare_line, find_phrases, is_unspaced

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# A time or a date with its day; a year alone is in many headings.
DATE = re.compile(
    r"(?<!\d)\d{1,2}\D.{0,15}(?:19|20)\d\d|(?:19|20)\d\d.{1,5}\d|\d{1,2}[:.h]\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d"
)
# How long a line of a kind is at most that begins with a phrase, or that has one anywhere.
LONGEST = {
    "related": (250, 0),
    "call": (200, 250),
    "advert": (120, 0),
    "copyright": (500, 300),
    "credit": (160, 0),
    "staff": (350, 350),
    "byline": (120, 60),
    "tags": (300, 0),
    "wall": (300, 200),
    "consent": (400, 0),
    "media": (120, 0),
    "bio": (0, 700),
}
_REASONS = {"call": "call_to_action", "advert": "advertisement", "staff": "credit", "credit": "caption"}
_LONGEST_CREDITED = 300
# What only the place of a line tells.
_BY_PLACE = frozenset(("staff", "byline", "bio"))
_TEXT = HEADINGS | {"p", "li", "td", "th", "dd", "dt", "blockquote"}
_MARKS = ('"', "“", "”", "„", "«", "»", "‘", "‚", "「", "–", "—")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟", "۔", "։")
_CLOSING = "\"'”’“»«)]」』】 "
# Thai, Lao and Khmer write no full stop.
_UNSTOPPED = re.compile("[\u0e00-\u0eff\u1780-\u17ff]")
_SHORTEST_UNSTOPPED = 30
# What a sentence must have two of, where it has no link and no address, to be no sentence of the article.
_OFFERS = frozenset(("wall", "call", "consent", "copyright"))
# Articles say these words of a page hardly ever where a sentence begins with a stock phrase.
_UNMISTAKABLE = re.compile("cookie|javascript|informasjonskapsler|evästeitä|sütiket|çerez")
_CONTACT = re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}\.\w|(?<!\w)@\w{2,40}|twitter\.com/")
_LONGEST_ANSWER = 2
_COUNTER = re.compile(r"\w{1,12} \d{1,3} (?:of|von|de|di|van|av|af|из|/) \d{1,3}")


class Line(NamedTuple):
    """A block, its text as phrases are compared, the phrases in it, and whether it is running text."""

    block: Block
    bare: str
    phrases: tuple[Phrase, ...]
    prose: bool


def read_line(block: Block) -> Line:
    """Return a block with the stock phrases in it."""
    line = bare_line(block.text)
    return Line(block, line, tuple(find_phrases(line)), is_prose(block))


def spoken(line: Line) -> str | None:
    """Return what the phrases of a line say that it is wherever it stands, None for text."""
    if len(line.block.text) <= 30 and _COUNTER.fullmatch(line.bare):
        return "media"
    if len(line.block.text) <= 30 and line.block.tag not in _TEXT and _is_date(line.bare):
        return "byline"
    return next((_REASONS.get(phrase.kind, phrase.kind) for phrase in line.phrases if _says(line, phrase)), None)


def fits(line: Line, phrase: Phrase) -> bool:
    """Return whether a line is short enough for what a phrase in it would make of it."""
    return (
        phrase.place in ("start", "within") and len(line.block.text) <= LONGEST[phrase.kind][phrase.place == "within"]
    )


def is_label(line: Line) -> bool:
    """Return whether a line announces what follows it: a subhead, a short line in no paragraph, or one with a colon."""
    text = line.block.text
    if len(text) > 60 or text.endswith("."):
        return len(text) <= 120 and text.endswith((":", "："))
    return line.block.tag in HEADINGS or line.block.tag == "div" or text.endswith((":", "："))


def _says(line: Line, phrase: Phrase) -> bool:
    length = len(line.block.text)
    if phrase.place == "whole":
        answers = phrase.words <= _LONGEST_ANSWER and line.block.link_share == 0 and line.block.text.endswith(".")
        return length <= LONGEST_WHOLE and phrase.kind != "byline" and not answers
    if phrase.place == "end":
        return length <= _LONGEST_CREDITED
    reads = reads_on(line, phrase)
    if phrase.kind == "byline":
        dated = phrase.place == "start" and phrase.strong and length <= 100 and DATE.search(line.bare) is not None
        return dated and not reads
    if phrase.kind in _BY_PLACE or not fits(line, phrase):
        return False
    if phrase.kind == "call":
        return not (reads or is_quoted(line)) and _calls(line, phrase)
    if phrase.kind == "related":
        return line.block.link_share >= 0.4 or (phrase.words > 1 and (phrase.pointed or is_label(line)))
    return (phrase.strong or phrase.place == "within") and not reads


def reads_on(line: Line, phrase: Phrase) -> bool:
    """Return whether a line with a stock phrase is a sentence that may be the article's: no link, no second phrase."""
    if is_supported(line) or (phrase.pointed and phrase.kind != "call") or _UNMISTAKABLE.search(line.bare):
        return False
    if is_unspaced(line.bare[phrase.end - 1]) and len(line.block.text) > _SHORTEST_UNSTOPPED:
        return line.bare[phrase.end : phrase.end + 1].isalnum() or line.bare[phrase.end : phrase.end + 1] == " "
    whole = phrase.place == "start" and phrase.end >= len(line.bare) - 1
    return is_sentence(line.block.text) and not whole


def is_supported(line: Line) -> bool:
    """Return whether more than one sign tells that a line offers something: a link, an address, two stock phrases."""
    ends = {phrase.end for phrase in line.phrases if phrase.kind in _OFFERS and phrase.place in ("start", "within")}
    return line.block.link_share > 0 or len(ends) > 1 or has_address(line)


def has_address(line: Line) -> bool:
    """Return whether a line has an address of mail or a name in a network."""
    return len(line.block.text) <= 200 and _CONTACT.search(line.block.text) is not None


def is_quoted(line: Line) -> bool:
    """Return whether a line begins with somebody's words."""
    return line.block.text.startswith(_MARKS)


def is_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does; in scripts without a full stop, whether it is long enough."""
    if text.rstrip(_CLOSING).endswith(_ENDS):
        return True
    return len(text) > _SHORTEST_UNSTOPPED and _UNSTOPPED.match(text[-1]) is not None


def _calls(line: Line, phrase: Phrase) -> bool:
    """Return whether a line calls to act: with a link, two phrases of the kind, or a long one in a short line."""
    if line.block.link_share > 0:
        return phrase.strong or phrase.place == "within"
    calls = [phrase for phrase in line.phrases if phrase.kind == "call" and phrase.place != "whole"]
    longest = max((phrase.words for phrase in calls if phrase.place == "within"), default=0)
    return len({phrase.end for phrase in calls}) > 1 or (longest > 2 and len(line.block.text) <= 160)


def _is_date(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return digits >= 0.4 * sum(map(str.isalnum, text)) and DATE.search(text) is not None
