"""XML of feeds and sitemaps as flat items, however broken: no entity, document type or address in it is followed.

lxml mends what is not well formed, but then loses every entity, and with it the & of addresses. So it never gets to see
one: each & becomes a mark that is read back here, and each declaration (<!DOCTYPE, <!ENTITY) plain characters.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree

from pipeline.readers.listing import MAX_ENTRIES, Fault, rest, unescaped

MAX_MARKUP = 3_000_000  # start and end tags; a news sitemap of 50,000 entries with two images each has 1.5 million
MAX_EQUALS = 1_000_000  # bounds attributes, of which one element may have all: 320 bytes of memory each
MAX_VALUE = 8000
MAX_VALUES = 20
ITEMS = {"urlset": frozenset({"url"}), "sitemapindex": frozenset({"sitemap"})}
FEED_ITEMS = frozenset({"item", "entry"})
FIELDS = frozenset(
    {
        *("link", "guid", "id", "origlink", "title", "language"),
        *("pubdate", "published", "issued", "date", "updated", "modified"),
        *("loc", "lastmod", "publication_date"),
    }
)
# Of another feed, or of a picture: they have links, titles and dates of their own.
_ASIDE = frozenset({"source", "image", "textinput"})
_SPACES = re.compile(
    r"https?://(?:www\.)?(?:purl\.org/(?:dc|rss|atom)|w3\.org/2005/atom|rssnamespace\.org/feedburner|sitemaps\.org"
    r"|google\.com/schemas/sitemap(?:-news)?/)",
    re.IGNORECASE,
)
_XML = "{http://www.w3.org/XML/1998/namespace}"
_AMP, _DECLARATION = "\ue000", "\ue001"
_DECLARATIONS = re.compile(r"<!(?!--|\[CDATA\[)|<\?xml(?=\s)")
_HARMLESS = ("NS_ERR_UNDEFINED_NAMESPACE", "WAR_NS_URI_RELATIVE", "WAR_NS_URI", "NS_ERR_XML_NAMESPACE")


class Value(NamedTuple):
    """Text and attributes of an element, and what its links are relative to."""

    text: str
    attributes: Mapping[str, str]
    base: str


class Item(NamedTuple):
    """One listed thing: its own attributes and the values of its fields by lower-case name, first come first."""

    base: str
    attributes: Mapping[str, str]
    values: dict[str, list[Value]]

    def text(self, *names: str) -> str | None:
        """Return the text of the first of these fields that has one."""
        return next((value.text for name in names for value in self.values.get(name, ()) if value.text), None)


class Markup(NamedTuple):
    """`root` is the lower-case name of the outermost element, `about` holds what is said of the whole."""

    root: str
    about: Item
    items: tuple[Item, ...]
    faults: tuple[Fault, ...]


def read_markup(text: str, url: str) -> Markup:
    """Return what is marked up as items, each bounded; never raises, what broke is a fault."""
    reader = _Reader(url)
    if text.count("<") > MAX_MARKUP or text.count("=") > MAX_EQUALS:
        detail = f"more than {MAX_MARKUP} tags or {MAX_EQUALS} attributes"
        return Markup("", reader.about, (), (Fault("too_large", 1, detail),))
    marked = _DECLARATIONS.sub(_DECLARATION, text.replace("&", _AMP))
    # huge_tree only lifts the limits of depth and length: no tree is built, and there are no entities to expand.
    parser = etree.XMLParser(
        target=reader,  # type: ignore[arg-type]
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        encoding="utf-8",
    )
    etree.fromstring(f"<listing>{marked}</listing>".encode("utf-8", "replace"), parser)
    reader.finish_item()
    wrong = next((each for each in parser.error_log if each.type_name not in _HARMLESS), None)
    faults = [Fault("damaged", 1, f"line {wrong.line}: {wrong.message}"[:200].replace(_AMP, "&"))] if wrong else []
    return Markup(reader.root or "", reader.about, tuple(reader.items), (*faults, *rest(reader.listed)))


class _Reader:
    """What lxml calls for each tag and text; end tags of broken markup come in any order, or not at all."""

    def __init__(self, url: str) -> None:
        self.root: str | None = None
        self.home = ""
        self.names: frozenset[str] = FEED_ITEMS
        self.bases = [url]
        self.about = Item(url, {}, {})
        self.items: list[Item] = []
        self.listed = 0
        self.item: Item | None = None
        self.aside = 0
        self.field: str | None = None
        self.attributes: Mapping[str, str] = {}
        self.pieces: list[str] = []
        self.room = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        space, _, name = tag.lower().rpartition("}")
        self.bases.append(self._base(attributes))
        if len(self.bases) == 2:
            return
        if self.root is None:
            self.root, self.home, self.names = name, space, ITEMS.get(name, FEED_ITEMS)
            self.about = Item(self.bases[-1], _readable(attributes), {})
        elif name in self.names and self._is_ours(space):
            self.finish_item()
            self.item = Item(self.bases[-1], _readable(attributes), {})
        elif name in _ASIDE:
            self.aside += 1
        elif not self.aside and name in FIELDS and self._is_ours(space):
            self._finish_field()
            self.field, self.attributes, self.room = name, _readable(attributes), MAX_VALUE

    def data(self, data: str) -> None:
        if self.field and self.room > 0:
            self.pieces.append(data[: self.room])
            self.room -= len(data)

    def end(self, tag: str) -> None:
        space, _, name = tag.lower().rpartition("}")
        if name == self.field:
            self._finish_field()
        elif name in _ASIDE:
            self.aside = max(0, self.aside - 1)
        elif name in self.names and self._is_ours(space):
            self.finish_item()
        self.bases.pop()

    def close(self) -> None:
        """Return nothing: what was read is in the fields."""

    def finish_item(self) -> None:
        self._finish_field()
        self.aside = 0
        if self.item is None:
            return
        self.listed += 1
        if self.listed <= MAX_ENTRIES:
            self.items.append(self.item)
        self.item = None

    def _is_ours(self, space: str) -> bool:
        return space in ("", self.home) or _SPACES.match(space, 1) is not None

    def _finish_field(self) -> None:
        if self.field is None:
            return
        values = (self.item or self.about).values.setdefault(self.field, [])
        if len(values) < MAX_VALUES:
            values.append(Value(_unmarked("".join(self.pieces)).strip(), self.attributes, self.bases[-1]))
        self.field, self.pieces = None, []

    def _base(self, attributes: Mapping[str, str]) -> str:
        stated = attributes.get(f"{_XML}base")
        if stated is None:
            return self.bases[-1]
        try:
            found = urljoin(self.bases[-1], _unmarked(stated).strip())
        except ValueError:
            return self.bases[-1]
        return found if len(found) <= MAX_VALUE else self.bases[-1]


def _readable(attributes: Mapping[str, str]) -> dict[str, str]:
    pairs = list(attributes.items())[:MAX_VALUES]
    return {name.rpartition("}")[2].lower(): _unmarked(value[:MAX_VALUE]) for name, value in pairs}


def _unmarked(text: str) -> str:
    return unescaped(text.replace(_AMP, "&").replace(_DECLARATION, "<!"))
