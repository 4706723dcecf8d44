"""Earlier captures, read again: what the present code makes of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline import archive, homes, plan, stages, vacated, version
from pipeline.model import Capture, Known, Refusal, Source
from pipeline.place import Place, captures, entries
from pipeline.settings import Settings
from pipeline.verdicts import Verdicts


def reread(settings: Settings, batch_id: str, filename: str, offset: int) -> Capture:
    """Return one capture by its place, with a fault if its bytes were damaged; IntegrityError if they are not there."""
    made = plan.load(settings, batch_id)
    for chunk in made.chunks:
        here = Place(settings, made, chunk)
        if here.filename == filename and homes.exists(here.index):
            offsets = [entry.offset for entry in entries(here)]
            if offset in offsets:
                ordinal = offsets.index(offset)
                return next(captures(here, ordinal, ordinal + 1))
    in_place = any(item.in_place and item.path == filename for item in made.inputs)
    for gone in vacated.read(settings, batch_id, filename):
        if gone.offset == offset:
            return gone
    path = Path(made.root, filename) if in_place else settings.raw / batch_id / filename
    return archive.read_at(path, filename, settings.raw, offset)


def _reading(source: Source) -> Source:
    """Return a source without what does not touch how its documents are read."""
    return replace(
        source, urls=(), min_articles=0, max_pages=0, max_age_hours=0, window_days=0, delay_seconds=0.0,
        allow_private=False, ca_file=None,
    )  # fmt: skip


def as_now(
    settings: Settings, present: Source, known: Known | None, verdicts: Callable[[str], Verdicts]
) -> Known | None:
    """Return the previous capture with the hash that the present code makes of it, by the source as it was then.

    An upgrade of ours must not look like an edit of theirs. Its digest is left out when the source was configured
    otherwise: then equal bytes may say something else now. What there are `verdicts` on in its batch, as on a damaged
    record that was given up, has no article.
    """
    if known is None or not homes.exists(plan.path_of(settings, known.batch_id)):
        return None
    source = plan.load(settings, known.batch_id).source
    if _reading(source) != _reading(present):
        known = known._replace(digest="")
    if known.content_sha256 is not None and known.capture_id in verdicts(known.batch_id):
        return known._replace(article_id=None, content_sha256=None)
    if known.content_sha256 is None or known.extractor == version.extractor():
        return known
    before = reread(settings, known.batch_id, known.filename, known.offset)
    article = None if before.taken_down else stages.read_article(before, source, settings.max_document_bytes)
    if article is None or isinstance(article, Refusal):
        return known._replace(article_id=None, content_sha256=None)
    found = stages.identify(article, before._replace(source_key=known.document_key), source)
    return known._replace(article_id=found["article_id"], content_sha256=found["content_sha256"])
