"""Lists of WARC files, as `warc.paths.gz` of Common Crawl: which files of a list are those of one day."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from pipeline.errors import SourceError
from pipeline.model import Source

MOST_BYTES = 2**28  # a list of a month of CC-NEWS has 50 kB; of a whole crawl, 100,000 files, 14 MB
DATED = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?:\d{6})?(?!\d)", re.ASCII)


def placed(source: Source, root: Path) -> tuple[Source, Path]:
    """Return a source and where the paths of its files start: for a list its base_url if it has one, else `root`."""
    if source.kind != "warc_list" or source.base_url is None:
        return source, root
    model = None if source.names_model is None else str(root / source.names_model)
    return replace(source, names_model=model), Path(unquote(urlsplit(source.base_url).path))


def listed(lists: Iterable[Path], source: Source, root: Path, day: date) -> list[Path]:
    """Return the files of that day that the lists name, each once, sorted; SourceError for a list that is none."""
    names = {name for path in lists for name in _names(path) if _day(path, name) == day}
    return sorted(placed(source, root)[1] / name for name in names)


def _names(path: Path) -> Iterator[str]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        name = line.strip()
        if name and (not name.isprintable() or name.startswith("/") or ".." in PurePosixPath(name).parts):
            raise SourceError(f"{path}:{number}: {name!r:.200} is no path below base_url; mend the list")
        if name:
            yield name


def _text(path: Path) -> str:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            content: bytes = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise SourceError(f"{path}: more than {MOST_BYTES} bytes; a list has one path of a WARC file a line")
        return content.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read as a list of WARC files ({error}); fetch it again") from error


def _day(path: Path, name: str) -> date:
    """The day a crawl names its file by: CC-NEWS-20260301063000-00012.warc.gz."""
    for found in DATED.finditer(PurePosixPath(name).name):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            continue
    raise SourceError(f"{path}: {name!r:.200}: no day in the name, as in CC-NEWS-20260301063000-00012.warc.gz")
