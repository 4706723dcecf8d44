"""A virtual publisher: its front page, articles, feeds, sitemaps and robots.txt as they are on one night."""

import functools
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import NamedTuple

from tests.web.prose import CORRECTIONS, Story, story
from tests.web.reply import Reply, Request, conditional, page, zipped
from tests.web.server import Page

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
TEASERS = "".join(f'<li><a href="/topic/{number}">Topic {number}</a></li>' for number in range(8))


class Item(NamedTuple):
    """One article as it is on a night."""

    number: int
    path: str
    published: datetime
    modified: datetime
    text: str
    story: Story


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """One news site; site(day) is what it serves on night 1, 2, ..."""

    host: str
    name: str = "The Example Herald"
    language: str = "en"
    first: datetime = datetime(2026, 3, 1, 18, tzinfo=UTC)
    """The evening of night 1."""
    articles: int = 6
    """Published before night 1."""
    fresh: int = 2
    """More of them on each later night."""
    listed: int = 20
    """How many of the newest the feeds show."""
    texts: Mapping[int, str] = field(default_factory=dict)
    """Letters of the text of an article by night: {3: "ABA"} changes on the second night and back on the third."""
    declared: frozenset[int] = frozenset()
    """Articles that own up to their changes: dateModified, a correction note, updated in feeds and sitemaps."""
    gone: Mapping[int, int] = field(default_factory=dict)
    """Article -> night from which on it is 404, though feeds still show it."""
    etag: bool = True
    last_modified: bool = True
    unsteady: bool = False
    """Bytes around the text differ with every request, so that nothing is ever 304."""
    compressed: bool = False
    tracked: str = ""
    """What feeds append to links, such as ?utm_source=rss."""
    padding: int = 0
    """Bytes of script to make pages larger."""
    robots: str = "User-agent: *\nDisallow: /internal/\n"
    head: str = ""
    """More for <head> of articles."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """More headers of articles."""

    def items(self, day: int) -> list[Item]:
        """Return the articles published until that night, newest first."""
        return [_item(self, number, day) for number in reversed(range(self.articles + self.fresh * (day - 1)))]

    def site(self, day: int) -> dict[str, Page]:
        """Return the pages of that night, for Web.sites."""
        items = self.items(day)
        listed = items[: self.listed]
        pages: dict[str, Page] = {
            "/robots.txt": lambda request: page(
                f"{self.robots}\nSitemap: {request.origin}/sitemap.xml\n", "text/plain; charset=utf-8"
            ),
            "/": lambda request: page(front(self, listed)),
            "/feed.xml": lambda request: _listing(request, rss(self, request.origin, listed), "application/rss+xml"),
            "/atom.xml": lambda request: _listing(request, atom(self, request.origin, listed), "application/atom+xml"),
            "/feed.json": lambda request: _listing(
                request, json_feed(self, request.origin, listed), "application/feed+json"
            ),
            "/sitemap.xml": lambda request: _listing(request, index(request.origin, items), "application/xml"),
            "/sitemaps/news.xml.gz": lambda request: _listing(
                request, gzip.compress(news_sitemap(self, request.origin, listed).encode(), mtime=0), "application/gzip"
            ),
            "/sitemaps/articles-1.xml": lambda request: _listing(
                request, urlset(request.origin, items), "application/xml"
            ),
            "/latest.txt": lambda request: page("".join(f"{request.origin}{x.path}\n" for x in listed), "text/plain"),
        }
        for each in items:
            if day < self.gone.get(each.number, day + 1):
                pages[each.path] = functools.partial(_answer, self, each)
        return pages


def _item(publisher: Publisher, number: int, day: int) -> Item:
    """Every night is a day after the other; an article came out some hours before the night that first shows it."""
    later = max(0, number - publisher.articles) // max(1, publisher.fresh) + (number >= publisher.articles)
    published = publisher.first + timedelta(days=later, hours=-1, minutes=-7 * number)
    letters = publisher.texts.get(number, "A")
    shown = letters[: max(1, day - later)]
    changes = [night for night in range(1, len(shown)) if shown[night] != shown[night - 1]]
    modified = published + timedelta(days=changes[-1]) if changes else published
    told = story(publisher.host, publisher.language, number, shown[-1])
    path = f"/news/{published:%Y/%m/%d}/story-{number}.html"
    return Item(number, path, published, modified, shown[-1], told)


def _answer(publisher: Publisher, item: Item, request: Request) -> Reply:
    nonce = str(request.before) if publisher.unsteady else ""
    reply = page(article(publisher, item, request.origin, nonce))
    reply = Reply(headers={**reply.headers, **publisher.extra}, body=reply.body)
    reply = zipped(reply) if publisher.compressed else reply
    stamp = format_datetime(item.modified, usegmt=True) if publisher.last_modified and not publisher.unsteady else None
    return conditional(request, reply, publisher.etag, stamp)


def _listing(request: Request, body: str | bytes, media_type: str) -> Reply:
    return conditional(request, page(body, media_type))


@functools.lru_cache(maxsize=4096)
def _rendered(told: Story) -> str:
    paragraphs = "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in told.paragraphs)
    return f'<p class="lead">{escape(told.summary)}</p>\n{paragraphs}'


def article(publisher: Publisher, item: Item, origin: str, nonce: str = "") -> str:
    """Return the page of an article as a common newsroom system writes it."""
    told, changed = item.story, item.modified != item.published and item.number in publisher.declared
    note = f'<p class="correction">{CORRECTIONS[publisher.language]}</p>' if changed else ""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": told.headline,
        "datePublished": item.published.isoformat(),
        "author": {"@type": "Person", "name": told.author},
        **(
            {"dateModified": item.modified.isoformat(), "correction": CORRECTIONS[publisher.language]}
            if changed
            else {}
        ),
        "publisher": {"@type": "Organization", "name": publisher.name},
        "inLanguage": publisher.language,
    }
    return f"""<!DOCTYPE html>
<html lang="{publisher.language}">
<head>
<meta charset="utf-8">
<title>{escape(told.headline)} | {escape(publisher.name)}</title>
<link rel="canonical" href="{origin}{item.path}">
<link rel="alternate" type="application/rss+xml" href="/feed.xml">
<meta name="description" content="{escape(told.summary)}">
<meta property="og:title" content="{escape(told.headline)}">
<meta property="og:type" content="article">
<meta property="article:published_time" content="{item.published.isoformat()}">
{publisher.head}
<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>
<script>var nonce="{nonce}";/*{"." * publisher.padding}*/</script>
</head>
<body>
<header><a href="/">{escape(publisher.name)}</a><nav><ul><li><a href="/local">Local</a></li>
<li><a href="/sport">Sport</a></li><li><a href="/weather">Weather</a></li></ul></nav></header>
<main><article>
<h1>{escape(told.headline)}</h1>
<div class="byline">{escape(told.author)} <time datetime="{item.published.isoformat()}">{item.published:%d.%m.%Y %H:%M}</time></div>
{_rendered(told)}
{note}
</article></main>
<aside><ul>{TEASERS}</ul></aside>
<footer><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a></footer>
</body>
</html>
"""


def front(publisher: Publisher, items: list[Item]) -> str:
    """Return the front page."""
    teasers = "".join(f'<li><a href="{x.path}">{escape(x.story.headline)}</a></li>' for x in items)
    return f"<!DOCTYPE html><html><head><title>{escape(publisher.name)}</title></head><body><ul>{teasers}</ul></body></html>"


def _shown(publisher: Publisher, items: list[Item]) -> Iterator[tuple[Item, bool]]:
    for item in items:
        yield item, item.number in publisher.declared and item.modified != item.published


def rss(publisher: Publisher, origin: str, items: list[Item]) -> str:
    """Return RSS 2.0 with Dublin Core, as most newsroom systems write it; it has no date of change."""
    rows = "\n".join(
        f"<item><title><![CDATA[{x.story.headline}]]></title><link>{origin}{x.path}{escape(publisher.tracked)}</link>"
        f'<guid isPermaLink="false">{publisher.host}:{x.number}</guid>'
        f"<description>{escape(x.story.summary)}</description><dc:creator>{x.story.author}</dc:creator>"
        f"<pubDate>{format_datetime(x.published, usegmt=True)}</pubDate></item>"
        for x in items
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>{escape(publisher.name)}</title><link>{origin}/</link><description>All news</description>
<language>{publisher.language}</language><atom:link href="{origin}/feed.xml" rel="self" type="application/rss+xml"/>
{rows}
</channel></rss>
"""


def atom(publisher: Publisher, origin: str, items: list[Item]) -> str:
    """Return Atom 1.0 with links relative to xml:base."""
    rows = "\n".join(
        f'<entry><title>{escape(x.story.headline)}</title><link rel="alternate" href="{x.path}{escape(publisher.tracked)}"/>'
        f'<link rel="enclosure" href="/media/{x.number}.jpg"/><id>tag:{publisher.host},2026:{x.number}</id>'
        f"<published>{x.published.isoformat()}</published>"
        f"<updated>{(x.modified if declared else x.published).isoformat()}</updated></entry>"
        for x, declared in _shown(publisher, items)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{origin}/" xml:lang="{publisher.language}">
<title>{escape(publisher.name)}</title><link rel="self" href="/atom.xml"/><id>{origin}/</id>
{rows}
</feed>
"""


def json_feed(publisher: Publisher, origin: str, items: list[Item]) -> str:
    """Return JSON Feed 1.1."""
    rows = [
        {
            "id": str(x.number),
            "url": f"{origin}{x.path}{publisher.tracked}",
            "title": x.story.headline,
            "date_published": x.published.isoformat(),
            "language": publisher.language,
            **({"date_modified": x.modified.isoformat()} if declared else {}),
        }
        for x, declared in _shown(publisher, items)
    ]
    top = {"version": "https://jsonfeed.org/version/1.1", "title": publisher.name, "home_page_url": origin}
    return json.dumps({**top, "items": rows}, ensure_ascii=False)


def index(origin: str, items: list[Item]) -> str:
    """Return a sitemap index with the news sitemap and one of all articles."""
    newest = max(x.modified for x in items).isoformat()
    rows = "\n".join(
        f"<sitemap><loc>{origin}/sitemaps/{name}</loc><lastmod>{newest}</lastmod></sitemap>"
        for name in ("news.xml.gz", "articles-1.xml")
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{SITEMAP}">\n{rows}\n</sitemapindex>\n'


def urlset(origin: str, items: list[Item]) -> str:
    """Return a sitemap of articles; lastmod tells the truth."""
    rows = "\n".join(
        f"<url><loc>{origin}{x.path}</loc><lastmod>{x.modified.isoformat()}</lastmod></url>" for x in items
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n{rows}\n</urlset>\n'


def news_sitemap(publisher: Publisher, origin: str, items: list[Item]) -> str:
    """Return a news sitemap."""
    rows = "\n".join(
        f"<url><loc>{origin}{x.path}</loc><news:news><news:publication><news:name>{escape(publisher.name)}</news:name>"
        f"<news:language>{publisher.language}</news:language></news:publication>"
        f"<news:publication_date>{x.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(x.story.headline)}</news:title></news:news></url>"
        for x in items
    )
    names = f'xmlns="{SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n{rows}\n</urlset>\n'
