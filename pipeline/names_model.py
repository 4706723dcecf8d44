"""People and organisations by a spaCy pipeline, for sources that name one; without `names_model` the rules find them.

The folder of the pipeline is pinned by the digest of its files when a batch is planned, so that rows can be made again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigurationError, SourceError
from pipeline.model import Source
from pipeline.text.mentions import Label, Mention, find_mentions
from pipeline.text.persons import fullest, surname
from pipeline.text.reading import Span, without

Finder = Callable[[str, str | None, Sequence[Span]], list[Mention]]

_LABELS: dict[str, Label] = {"PER": "PER", "PERSON": "PER", "ORG": "ORG", "LOC": "LOC", "GPE": "LOC"}
_EVERY_LANGUAGE = "xx"
# spaCy refuses texts over 1,000,000 characters, for the memory of its parser; a worker's memory is bounded anyway.
_MOST_CHARACTERS = 2**31 - 1


def pin(source: Source, root: Path) -> Source:
    """Return the source with the digest of its model behind the path; ConfigurationError if there is no model."""
    if source.names_model is None:
        return source
    return replace(source, names_model=f"{source.names_model}@{_digest(root / source.names_model)}")


def finder(model: str | None, root: Path) -> Finder:
    """Return what finds the names of a text: the rules, or a pinned model; SourceError if it is not the pinned one."""
    if model is None:
        return find_mentions
    nlp = _load(model, root)
    return lambda body, language, masked: _find(nlp, body, language, masked)


def _digest(folder: Path) -> str:
    try:
        state = hashlib.sha256(metadata.version("spacy").encode())
    except metadata.PackageNotFoundError:
        raise ConfigurationError("`names_model` needs spaCy: pip install 'newsmill[spacy]'") from None
    if not (folder / "config.cfg").is_file():
        raise ConfigurationError(f"{folder}: no spaCy pipeline; `names_model` is a folder with a config.cfg in it")
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        with path.open("rb") as file:
            inside = hashlib.file_digest(file, "sha256").digest()
        state.update(f"{path.relative_to(folder)}\0".encode() + inside)
    return state.hexdigest()[:32]


@lru_cache(maxsize=1)
def _load(model: str, root: Path) -> Any:
    path, _, digest = model.rpartition("@")
    if (now := _digest(root / path)) != digest:
        raise SourceError(f"{root / path}: another model or spaCy than planned ({now}, not {digest}); put it back")
    import spacy

    nlp = spacy.load(root / path)
    nlp.max_length = _MOST_CHARACTERS
    return nlp


def _find(nlp: Any, body: str, language: str | None, masked: Sequence[Span]) -> list[Mention]:
    """Return the model's people and organisations, and the rules' places that touch none; its own other places too."""
    by_rules = find_mentions(body, language, masked)
    if nlp.lang not in (language, _EVERY_LANGUAGE):
        return by_rules
    found = [
        (ent.start_char, ent.end_char, ent.text, _LABELS.get(ent.label_))
        for ent in nlp(without(body, masked, " ")).ents
    ]
    names = [Mention(start, end, text, text, label) for start, end, text, label in found if label and text.strip()]
    full = fullest(name.name for name in names if name.label == "PER")
    named = [_full(name, full) for name in names if name.label != "LOC"]
    places = _apart([row for row in by_rules if row.label == "LOC"], named)
    return sorted([*named, *places, *_apart([name for name in names if name.label == "LOC"], [*named, *places])])


def _full(name: Mention, full: dict[str, str]) -> Mention:
    return name._replace(name=full.get(surname(name.name), name.name)) if name.label == "PER" else name


def _apart(rows: Sequence[Mention], taken: Sequence[Mention]) -> list[Mention]:
    """Return the rows that touch none of those taken; both are in order and none of one list touch each other."""
    kept, at = [], 0
    ordered = sorted(taken)
    for row in rows:
        while at < len(ordered) and ordered[at].char_end <= row.char_start:
            at += 1
        if at == len(ordered) or row.char_end <= ordered[at].char_start:
            kept.append(row)
    return kept
