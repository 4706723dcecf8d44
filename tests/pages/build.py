"""The synthetic pages: what is a page's own comes from `*.page`, menus, boxes and footers from `furniture.toml`.

A `*.page` file is TOML between two lines of dashes, then markup in which `{{name}}` stands for a piece of furniture.
A line that begins with `+ ` is a paragraph of the article, one that begins with `- ` must not be in its text; both
signs are gone from the page. Any other words are neither: they cost precision where an extraction takes them.

`python -m tests.pages.build DIR` writes the pages and gold.jsonl to look at.
"""

import hashlib
import html
import json
import re
import sys
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.model import Capture

HERE = Path(__file__).parent
_TAG = re.compile(r"<[^>]*>")
_SLOT = re.compile(r"\{\{(\w+)\}\}")


class Page(NamedTuple):
    """A page as a crawler finds it, and what is to be read from it."""

    name: str
    url: str
    crawl_date: str
    gold: dict[str, Any]
    markup: str
    charset: str

    @property
    def capture(self) -> Capture:
        """The page as the extraction gets it; only UTF-8 is told by the server, other encodings by the page."""
        payload = self.markup.encode(self.charset)
        told = self.charset if self.charset == "utf-8" else None
        digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
        at = datetime.fromisoformat(self.crawl_date)
        names = (self.name, self.url, self.url)
        return Capture(
            *names, at, 200, "text/html", told, None, None, payload, digest, "pages", f"<urn:{self.name}>", 0, 0
        )


def read_pages() -> list[Page]:
    """Return all pages in the order of their names."""
    furniture = tomllib.loads((HERE / "furniture.toml").read_text("utf-8"))
    return [_page(path, furniture) for path in sorted(HERE.glob("*.page"))]


def _page(path: Path, furniture: dict[str, dict[str, Any]]) -> Page:
    head, markup = path.read_text("utf-8").removeprefix("---\n").split("\n---\n", 1)
    gold = tomllib.loads(head)
    url, crawl_date, style = gold.pop("url"), gold.pop("crawl_date"), gold.pop("style")
    charset = gold.pop("charset", "utf-8")
    turn = int(hashlib.sha256(path.stem.encode()).hexdigest(), 16)
    room = Room(furniture[gold["language"]], style, turn)
    lines = _SLOT.sub(lambda slot: slot[0] if slot[1] == "body" else PIECES[slot[1]](room), markup).split("\n")
    paragraphs = [_words(line[2:]) for line in lines if line.startswith("+ ")]
    gold |= {"text": "\n\n".join(paragraphs), "with": paragraphs}
    gold.setdefault("genre", "")
    gold["without"] = [_words(line[2:]) for line in lines if line.startswith("- ")]
    page = "\n".join(line[2:] if line.startswith(("+ ", "- ")) else line for line in lines)
    return Page(path.stem, url, crawl_date, gold, page.replace("{{body}}", json.dumps(gold["text"])[1:-1]), charset)


def _words(markup: str) -> str:
    """Return the text of one line of markup; soft hyphens are no part of it."""
    return " ".join(html.unescape(_TAG.sub("", markup.replace("<br>", " "))).replace("\u00ad", "").split())


class Room(NamedTuple):
    """What furniture is made from: the words of a language, a style of markup, and a number that varies the choice."""

    words: dict[str, Any]
    style: str
    turn: int

    def teasers(self, count: int, start: int = 0) -> list[list[str]]:
        """Return some headlines with their summaries, other ones on other pages."""
        every = self.words["teasers"]
        return [every[(self.turn + start + number) % len(every)].split("|") for number in range(count)]

    def name(self, word: str) -> str:
        """Return the class attribute that this style gives to a part of the page."""
        if self.style == "hashed":
            word = "css-" + hashlib.sha256(f"{word}{self.turn}".encode()).hexdigest()[:6]
        elif self.style == "wp":
            word = {"menu": "main-navigation", "box": "widget", "teaser": "widget-post", "foot": "site-footer"}.get(
                word, f"wp-block-{word}"
            )
        return f'class="{word}"'

    def tag(self, semantic: str) -> str:
        """Return the element of HTML 5 where the style knows it."""
        return semantic if self.style in ("html5", "wp") else "div"


def _menu(room: Room) -> str:
    links = [f'<a href="/{number}/">{word}</a>' for number, word in enumerate(room.words["menu"])]
    if room.style == "tables":
        cells = "".join(f"<td nowrap>{link}</td>" for link in links)
        return f'<table width="100%" cellspacing="0" bgcolor="#ddddee"><tr>{cells}</tr></table>'
    items = "".join(f"<li {room.name('item')}>{link}</li>" for link in links)
    nav = room.tag("nav")
    header = room.tag("header")
    return f"<{header} {room.name('top')}><{nav} {room.name('menu')}><ul>{items}</ul></{nav}></{header}>"


def _teaser(room: Room, words: list[str], number: int) -> str:
    title, summary = words
    link = f'<a href="/{room.turn % 9973}-{number}.html">{title}</a>'
    if room.style == "tables":
        return f'<tr><td><font size="2"><b>{link}</b><br>{summary}</font></td></tr>'
    if room.style == "hashed":
        return f"<a href='/{room.turn % 9973}-{number}' {room.name('card')}><h3>{title}</h3><p>{summary}</p></a>"
    heading = f"<h3>{link}</h3>" if room.style != "divs" else f"<div {room.name('title')}>{link}</div>"
    return f"<{room.tag('article')} {room.name('teaser')}>{heading}<p>{summary}</p></{room.tag('article')}>"


def _sidebar(room: Room) -> str:
    boxes = "".join(_teaser(room, one, number) for number, one in enumerate(room.teasers(5)))
    if room.style == "tables":
        return f'<table width="180" border="0"><tr><td><b>{room.words["most"]}</b></td></tr>{boxes}</table>'
    aside = room.tag("aside")
    return f"<{aside} {room.name('box')}><h4>{room.words['most']}</h4>{boxes}</{aside}>"


def _related(room: Room) -> str:
    """Return a box of headlines as it stands inside or right below a text."""
    links = [
        f'- <li><a href="/{room.turn % 8831}-{n}.html">{one[0]}</a></li>' for n, one in enumerate(room.teasers(3, 2))
    ]
    heading = f"- <h4>{room.words['related']}</h4>"
    return "\n".join([f"<div {room.name('box')}>", heading, "<ul>", *links, "</ul></div>"])


def _more(room: Room) -> str:
    """Return the wall of teasers below an article."""
    boxes = "".join(_teaser(room, one, number) for number, one in enumerate(room.teasers(8, 1)))
    if room.style == "tables":
        return f"<table>{boxes}</table>"
    section = room.tag("section")
    return f"<{section} {room.name('grid')}><h2>{room.words['more']}</h2>{boxes}</{section}>"


def _comments(room: Room) -> str:
    rows = [remark.split("|") for remark in room.words["comments"]]
    items = "".join(f"<li><b>{name}</b>\n- <p>{text}</p>\n</li>" for name, text in rows)
    section = room.tag("section")
    return f'<{section} id="comments" {room.name("comments")}><h3>{room.words["talk"]} ({len(rows)})</h3><ol>{items}</ol></{section}>'  # fmt: skip


def _newsletter(room: Room) -> str:
    title, text, button = room.words["newsletter"].split("|")
    form = f'<form action="/signup"><input type="email" name="mail"><button>{button}</button></form>'
    return f"<div {room.name('promo')}>\n- <h4>{title}</h4>\n- <p>{text}</p>\n{form}</div>"


def _cookies(room: Room) -> str:
    text, accept, settings = room.words["cookies"].split("|")
    return f"<div {room.name('layer')} role='dialog'>\n- <p>{text}</p>\n<button>{accept}</button> <a href='/c'>{settings}</a></div>"  # fmt: skip


def _share(room: Room) -> str:
    items = "".join(f'<li><a href="#{number}">{word}</a></li>' for number, word in enumerate(room.words["share"]))
    return f"<ul {room.name('tools')}>{items}</ul>"


def _footer(room: Room) -> str:
    links = " | ".join(f'<a href="/about/{number}">{word}</a>' for number, word in enumerate(room.words["footer"]))
    if room.style == "tables":
        return f'<hr><center><font size="1">{links}<br>{room.words["rights"]}</font></center>'
    footer = room.tag("footer")
    return f"<{footer} {room.name('foot')}><div>{links}</div><p>{room.words['rights']}</p></{footer}>"


def _scripts(room: Room) -> str:
    """Return what every page carries in its head: style, configuration and a measuring script."""
    rules = "".join(f".c{number}{{margin:{number}px auto;padding:0 {number % 7}px}}" for number in range(60))
    config = json.dumps({"page": room.turn % 99991, "ads": [f"slot-{number}" for number in range(40)], "consent": None})
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{rules}</style><script>window.cfg={config};(function(w,d){{var s=d.createElement('script');"
        "s.async=1;s.src='/js/app.js';d.head.appendChild(s)}(window,document));</script>"
    )


PIECES: dict[str, Callable[[Room], str]] = {
    "menu": _menu,
    "sidebar": _sidebar,
    "related": _related,
    "more": _more,
    "comments": _comments,
    "newsletter": _newsletter,
    "cookies": _cookies,
    "share": _share,
    "footer": _footer,
    "scripts": _scripts,
}


def main(folder: Path) -> None:
    """Write the pages and their gold into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for page in read_pages():
        (folder / f"{page.name}.html").write_bytes(page.capture.payload)
        row = {"id": page.name, "record_id": page.capture.record_id, "url": page.url, "crawl_date": page.crawl_date}
        rows.append(json.dumps(row | {"gold": page.gold}, ensure_ascii=False) + "\n")
    (folder / "gold.jsonl").write_text("".join(rows), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
