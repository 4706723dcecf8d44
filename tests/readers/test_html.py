from pathlib import Path

import pytest

from pipeline.model import Document, Source
from pipeline.readers import READERS
from pipeline.readers.html import url_of


def source(path: str, base_url: str | None = "https://lindenau.example/news/") -> Source:
    return Source(id="pages", kind="html", path=path, base_url=base_url)


@pytest.mark.parametrize(
    ("path", "name", "url"),
    [
        ("pages", "pages/politics/a b.html", "https://lindenau.example/news/politics/a%20b.html"),
        ("./pages/", "pages/a.html", "https://lindenau.example/news/a.html"),
        ("pages/{date}", "pages/2026-11-22/politics/1.html", "https://lindenau.example/news/politics/1.html"),
        ("pages/{date}/*/*.html", "pages/2026-11-22/politics/1.html", "https://lindenau.example/news/politics/1.html"),
        ("pages/**/*.html", "pages/x/y.html", "https://lindenau.example/news/x/y.html"),
        ("pages/one.html", "pages/one.html", "https://lindenau.example/news/one.html"),
        ("pages/{date}.html", "pages/2026-11-22.html", "https://lindenau.example/news/"),
        ("/corpus/pages", "pages/x/y.html", "https://lindenau.example/news/x/y.html"),
    ],
)
def test_the_url_is_the_place_below_the_directory_of_the_source(path: str, name: str, url: str) -> None:
    assert url_of(Path("/corpus", name), name, source(path)) == url


def test_without_a_base_url_a_page_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<p>Frost</p>")
    (document,) = READERS["html"](path, "pages/a.html", source("pages", None))
    assert (document.source_key, document.url, document.media_type) == ("pages/a.html", None, "text/html")


def test_two_days_of_a_page_have_one_url_and_two_keys(tmp_path: Path) -> None:
    documents: list[Document] = []
    for day in ("2026-11-21", "2026-11-22"):
        path = tmp_path / "pages" / day / "a.html"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"<p>Frost</p>")
        documents += READERS["html"](path, f"pages/{day}/a.html", source("pages/{date}"))
    assert len({document.url for document in documents}) == 1
    assert len({document.source_key for document in documents}) == 2
