"""sources.toml to Source values, and a source's files on one day. Errors name the file, the source and the key."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import warc_lists
from pipeline.errors import ConfigurationError, SourceError
from pipeline.model import FETCHED, Source
from pipeline.source_keys import CHECKS, EXPECTED, is_base
from pipeline.text.fields import NAMES

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "text": (".txt",),
    "jsonl": (".jsonl", ".jsonl.gz"),
    "html": (".html", ".htm"),
    "warc": (".warc", ".warc.gz"),
    "warc_list": (".paths", ".paths.gz"),
}
FETCHING = ("urls", "max_pages", "max_age_hours", "window_days", "delay_seconds", "allow_private", "ca_file")
KEYS = tuple(field.name for field in fields_of(Source) if field.name != "id")
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PLACEHOLDER = re.compile(r"\{[^{}/]*\}")
WILDCARD = re.compile(r"[*?\[]")


def load(path: Path) -> dict[str, Source]:
    """Return the sources of a sources.toml by id, in the order of the file; ConfigurationError says what to mend."""
    content = _toml(path)
    for key in content:
        if key != "sources":
            raise ConfigurationError(f"{path}: unknown key `{key}`; a source is a table [sources.<id>]")
    tables = content.get("sources")
    if not isinstance(tables, dict) or not tables:
        raise ConfigurationError(f"{path}: no source in it; add a table [sources.<id>] with `kind` and `path`")
    return {name: source(name, table, str(path)) for name, table in tables.items()}


def source(name: str, table: object, origin: str = "options") -> Source:
    """Return one source from its id and keys; ConfigurationError names `origin`, the source and the key."""
    where = f"{origin}: [sources.{name}]"
    if not ID.fullmatch(name):
        raise ConfigurationError(
            f"{where}: an id is 1 to 64 of a-z, 0-9, `-` and `_`, and begins with a letter or digit"
        )
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where} must be a table with `kind` and `path`, not {table!r:.80}")
    _check_keys(where, table)
    _check_fields(where, table.get("fields", {}))
    if "urls" in table:
        return Source(id=name, **table | {"urls": tuple(table["urls"])})
    _check_path(where, table["path"], "base_url" in table)
    return Source(id=name, **table)


def choose(configured: Mapping[str, Source], names: Sequence[str]) -> list[Source]:
    """Return the sources of these names, or all for no names; ConfigurationError for a name that is none of them."""
    for name in names:
        if name not in configured:
            raise ConfigurationError(f"no source is called {name!r}; {_nearest(name, tuple(configured))}")
    return [configured[name] for name in names] if names else list(configured.values())


def of_path(path: Path, kind: str | None, name: str | None) -> tuple[Source, Path]:
    """Return a source for a file or directory, and its root; kind and id are by its name where not given."""
    path = path.absolute()
    if not path.exists():
        raise ConfigurationError(f"{path}: no such file or directory; name an existing one")
    name = name or re.sub(r"[^a-z0-9]+", "-", path.name.partition(".")[0].lower()).strip("-")[:64]
    if not name:
        raise ConfigurationError(f"{path}: the name has no letter a-z or digit to make an id of; give --source NAME")
    found = source(name, {"kind": kind or _kind(path), "path": "."})
    if path.is_dir():
        return found, path
    if "{date}" in path.name:
        raise ConfigurationError(f"{path}: {{date}} in a path stands for the day; rename the file")
    return replace(found, path=path.name), path.parent


def _kind(path: Path) -> str:
    names = [found.name.lower() for found in (path.rglob("*") if path.is_dir() else [path])]
    kinds = [kind for kind, suffixes in SUFFIXES.items() if any(name.endswith(suffixes) for name in names)]
    if len(kinds) != 1:
        raise ConfigurationError(
            f"{path}: holds {' and '.join(kinds) or 'no known kind of file'}; say which with --kind"
        )
    return kinds[0]


def inputs(source: Source, root: Path, day: date) -> list[Path]:
    """Return the source's files of that day, sorted; SourceError if there are none, or a list of files is damaged.

    A directory means its files of the source's kind at any depth; hidden and linked directories are not entered.
    Where the path has `{date}`, the day's files may be absent: no news that day. What comes before `{date}` may not.
    Lists of files may name none of the day.
    """
    try:
        found = sorted(_found(root, source.path.replace("{date}", day.isoformat()), SUFFIXES[source.kind]))
        if not found:
            _explain(source, root, day)
        if source.kind == "warc_list":
            found = warc_lists.listed(found, source, root, day)
    except OSError as error:
        raise SourceError(
            f"source {source.id}: {error.filename} cannot be read ({error.strerror}); mend `path`"
        ) from error
    for path in found:
        if any("\ud800" <= character <= "\udfff" for character in str(path)):
            raise SourceError(f"source {source.id}: {os.fsencode(path)!r}: the name is not UTF-8; rename the file")
    return found


def fixed_parts(path: str) -> tuple[str, ...]:
    """Return the parts of a source's path before the first one with a wildcard."""
    parts = PurePosixPath(path).parts
    return parts[: next((number for number, part in enumerate(parts) if WILDCARD.search(part)), len(parts))]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file; create it, or name another with --sources") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); name a readable file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}; mend that line") from error


def _check_keys(where: str, table: Mapping[str, Any]) -> None:
    fetched = str(table.get("kind")) in FETCHED
    for key in table:
        if key not in KEYS:
            raise ConfigurationError(f"{where}: unknown key `{key}`; {_nearest(key, KEYS)}")
    for key in ("kind", "urls" if fetched else "path"):
        if key not in table:
            raise ConfigurationError(f"{where}: `{key}` is missing; {EXPECTED[key]}")
    for key in table:
        if key in (("path", "base_url", "charset", "fields") if fetched else FETCHING):
            raise ConfigurationError(f"{where}: `{key}` has no meaning for the kind {table['kind']}; remove it")
    checks = dict(CHECKS) | ({"base_url": is_base} if table["kind"] == "warc_list" else {})
    for key, value in table.items():
        if not checks[key](value):
            raise ConfigurationError(f"{where}: {key} = {value!r:.200} is wrong; {EXPECTED[key]}")


def _check_path(where: str, path: str, has_base_url: bool) -> None:
    for unknown in PLACEHOLDER.findall(path):
        if unknown != "{date}":
            raise ConfigurationError(f"{where}: path has {unknown}; the only placeholder is {{date}}")
    wild = PurePosixPath(path).parts[len(fixed_parts(path)) :]
    if any("**" in part and part != "**" for part in wild):
        raise ConfigurationError(f"{where}: in path, `**` must stand alone between slashes")
    if has_base_url and any("{date}" in part for part in wild):
        raise ConfigurationError(f"{where}: with base_url, {{date}} in path must stand before the first wildcard")


def _check_fields(where: str, fields: Mapping[str, str]) -> None:
    for name in fields:
        if name not in NAMES:
            raise ConfigurationError(f"{where}: fields has the unknown name `{name}`; {_nearest(name, NAMES)}")


def _nearest(key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(known)}"


def _found(root: Path, pattern: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
    path = root / pattern
    if path.is_dir():
        return _files(path, suffixes)
    if path.exists() or not WILDCARD.search(pattern):
        return filter(Path.exists, [path])
    fixed = fixed_parts(pattern)
    wild = "/".join(PurePosixPath(pattern).parts[len(fixed) :])
    return filter(Path.is_file, root.joinpath(*fixed).glob(wild))


def _files(directory: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.lower().endswith(suffixes) and not name.startswith(".") and path.is_file():
                yield path


def _raise(error: OSError) -> None:
    raise error


def _explain(source: Source, root: Path, day: date) -> None:
    path = root / source.path.replace("{date}", day.isoformat())
    before, dated, _ = source.path.partition("{date}")
    if dated and root.joinpath(*fixed_parts(str(PurePosixPath(before + "x").parent))).is_dir():
        return
    where = f"source {source.id}: {path}"
    if path.is_dir():
        suffixes = " or ".join("*" + suffix for suffix in SUFFIXES[source.kind])
        raise SourceError(f"{where} holds no {suffixes} file; mend `kind` or `path`")
    raise SourceError(f"{where} does not exist; mend `path`, which starts at the folder of sources.toml ({root})")
