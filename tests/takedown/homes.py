"""A small home for takedowns: one article in three sources, on two nights, beside others that must stay as they are."""

import gzip
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import identity, rebuild, run, store, takedown, verify
from pipeline.settings import Settings
from tests.warcs import http, members, record

DAYS = (date(2026, 3, 1), date(2026, 3, 2))
NOW = datetime(2026, 3, 9, tzinfo=UTC)
ADDRESS = "https://post.example/moorbrand.html"
ARTICLE = identity.article_id(ADDRESS, "post", "")
HEADLINE = "Moorbrand frisst sich bis an den Ulmensee"
AUTHOR = "Ottilie Quarnbek"
SPEAKER = "Henrike Stolpmann"
HANDLE = "ulmensee_wehr"
BODY = (
    "Der Brand im Quarnmoor hat in der Nacht das Ufer des Ulmensees erreicht. Rund 340 Menschen mussten ihre Häuser "
    "verlassen, mindestens zwei Feuerwehrleute wurden verletzt.",
    f"„Wir sehen den Rauch bis nach Lindenau, und der Wind dreht nicht“, sagte Einsatzleiterin {SPEAKER} am Sonntag. "
    "Sie bat die Anwohner, Fenster und Türen geschlossen zu halten.",
    "Die Ursache ist noch offen. Fachleute rechnen damit, dass der Torf noch Wochen weiterglimmt, auch wenn an der "
    "Oberfläche keine Flammen mehr zu sehen sind.",
)
TELLING = (HEADLINE, AUTHOR, SPEAKER, HANDLE, *(sentence for part in BODY for sentence in part.split(". ")))
OTHERS = ("Die Stadt Lindenau baut ihre Fähre um. ", "Der Chor von Steinmoor sucht neue Stimmen. ")
SOURCES = """
[sources.post]
kind = "html"
path = "post/{date}"
base_url = "https://post.example/"
min_articles = 2
[sources.wire]
kind = "jsonl"
path = "wire-{date}.jsonl"
fields = { id = "id", url = "url", text = "text" }
[sources.crawl]
kind = "warc"
path = "crawl.warc.gz"
"""


CRAWL = SOURCES[SOURCES.index("[sources.crawl]") :]


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def page(headline: str, paragraphs: tuple[str, ...], author: str, handle: str = "") -> str:
    post = (
        f'<blockquote class="twitter-tweet"><p>Wir sind am Wasser.</p>&mdash; Wehr (@{handle}) '
        f'<a href="https://twitter.com/{handle}/status/2027746105881527713">1. März 2026</a></blockquote>'
    )
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="de"><head><title>{headline}</title><meta name="author" content="{author}">'
        f'<meta property="article:published_time" content="2026-02-27T08:00:00+01:00"></head>'
        f"<body><article><h1>{headline}</h1>{text}{post if handle else ''}</article></body></html>"
    )


def moor(more: str = "") -> str:
    return page(HEADLINE, (*BODY, more) if more else BODY, AUTHOR, HANDLE)


def other(number: int) -> str:
    return page(
        f"Kurz gemeldet {number}", (OTHERS[number % 2] * 6, "Mehr dazu morgen in dieser Zeitung. " * 4), "Redaktion"
    )


def write_sources(root: Path) -> None:
    """Write two nights of three sources: the second has the article again, once unchanged and once with more text."""
    for day, text in zip(DAYS, (moor(), moor("Am Montag soll Regen kommen, sagen die Wetterdienste.")), strict=True):
        folder = root / "post" / f"{day}"
        folder.mkdir(parents=True)
        (folder / "moorbrand.html").write_text(text, "utf-8")
        (folder / "kurz.html").write_text(other(0), "utf-8")
        (folder / "leer.html").write_text("<html><body></body></html>", "utf-8")
        lines = [
            {"id": "7", "url": ADDRESS, "text": "\n\n".join(BODY)},
            {"id": "8", "url": None, "text": OTHERS[1] * 9},
        ]
        (root / f"wire-{day}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    pages = [other(1), moor(), other(3)]
    urls = ["https://crawl.example/1", ADDRESS, "https://crawl.example/3"]
    records = [record(http(text.encode()), number=number, warc_target_uri=url)
               for number, (text, url) in enumerate(zip(pages, urls, strict=True))]  # fmt: skip
    (root / "crawl.warc.gz").write_bytes(members(*records))
    (root / "sources.toml").write_text(SOURCES, "utf-8")


def settings_of(root: Path, home: str = "home") -> Settings:
    return Settings(home=root / home, sources=root / "sources.toml", workers=0)


def nights(settings: Settings, days: tuple[date, ...] = DAYS) -> None:
    for day in days:
        run.night(settings, run.plan_night(settings, day), silent)


def copied(settings: Settings, home: Path) -> Settings:
    """Return a copy of a home, with the same sources."""
    shutil.copytree(settings.home, home)
    return Settings(home=home, sources=settings.sources, workers=0)


def fresh(settings: Settings, home: Path) -> Settings:
    """Return an empty home with the same sources."""
    return Settings(home=home, sources=settings.sources, workers=0)


def sha256(path: Path) -> str:
    return store.sha256(path)


def take_down(settings: Settings, wanted: takedown.Wanted) -> Path:
    """Finish what a kill left, take down what is wanted, and return the last proof."""
    proofs, problems = takedown.finish(settings, silent)
    assert problems == []
    order = takedown.make(settings, wanted, NOW, silent)
    return takedown.take_down(settings, order, silent) if not order.is_done else proofs[-1]


def lake(settings: Settings) -> dict[str, bytes]:
    return {path.relative_to(settings.lake).as_posix(): path.read_bytes() for path in settings.lake.rglob("*.parquet")}


def files(settings: Settings) -> dict[str, bytes]:
    return {path.relative_to(settings.home).as_posix(): path.read_bytes()
            for path in settings.home.rglob("*") if path.is_file()}  # fmt: skip


def without_work(settings: Settings, root: Path) -> Settings:
    """Return a copy of a home of which only raw/ is left."""
    shutil.copytree(settings.raw, root / "raw")
    return Settings(home=root, sources=settings.sources, workers=0)


def rebuilt(settings: Settings, root: Path) -> dict[str, bytes]:
    copy = without_work(settings, root)
    rebuild.rebuild(copy, silent)
    return lake(copy)


def telling(settings: Settings, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return which files of a home hold which of some words: as they are, inflated, and as rows of their tables."""
    found = ((name, _texts(name, data)) for name, data in files(settings).items())
    return sorted((name, word) for name, text in found for word in words if word in text)


def _texts(name: str, data: bytes) -> str:
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    elif name.endswith(".parquet"):
        data += repr(pq.read_table(pa.BufferReader(data)).to_pylist()).encode()
    elif data.startswith(b"ARROW1"):
        data += repr(pa.ipc.open_file(pa.BufferReader(data)).read_all().to_pylist()).encode()
    return data.decode("utf-8", "replace")


def faults(settings: Settings) -> list[verify.Finding]:
    return [finding for finding in verify.verify(settings, silent) if finding.fault]
