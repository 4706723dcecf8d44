"""Which stages are through with which chunks: a small file below work/ each, written last."""

from typing import Any

from pipeline import homes, index, past, plan, store, verdicts, version
from pipeline.errors import IntegrityError
from pipeline.place import Place, captures, entries, place
from pipeline.settings import Settings

STAGES = ("capture", "extract", "mine")
COUNTED = ("captures", "rows_in", "rows_out", "rows_rejected")
Counts = dict[str, int]


def counts(settings: Settings, ref: str, stage: str) -> Counts:
    """Return what a finished stage counted; IntegrityError if it did not finish."""
    path = place(settings, ref).marker(stage)
    if (value := store.find_json(path)) is not None:
        return value["counts"]  # type: ignore[no-any-return]
    raise IntegrityError(f"{path}: {stage} of {ref} did not finish, or its output is gone; run the batch again")


def lost(settings: Settings, ref: str) -> list[int]:
    """Return the ordinals of captures that were found damaged after they were archived when the chunk was extracted."""
    return store.read_json(place(settings, ref).marker("extract"))["lost"]  # type: ignore[no-any-return]


def unfinished(settings: Settings, batch_id: str) -> str | None:
    """Return what a batch still lacks before it can be checked, None if nothing."""
    if not homes.exists(plan.path_of(settings, batch_id)):
        return "the batch has no plan"
    made = plan.load(settings, batch_id)
    finished = {chunk.id: all(done(Place(settings, made, chunk), stage) for stage in STAGES) for chunk in made.chunks}
    lacking = [chunk_id for chunk_id in finished if not finished[chunk_id]]
    return f"not through its stages: chunks {', '.join(lacking)}" if lacking else None


def done(here: Place, stage: str) -> Counts | None:
    """Return what a stage counted if it would make the same again: it was this code, these bytes and these verdicts.

    IntegrityError if the captures before those of the chunk are gone: nothing tells what they came to.
    """
    value: dict[str, Any] | None = store.find_json(here.marker(stage))
    if (
        value is None
        or value["made_by"] != _made_by(here, stage)
        or any(_restored(here, ordinal) for ordinal in value.get("lost", ()))
    ):
        return None
    return value["counts"]  # type: ignore[no-any-return]


def _restored(here: Place, ordinal: int) -> bool:
    return not index.is_lost(entries(here)[ordinal], next(captures(here, ordinal, ordinal + 1)))


def _made_by(here: Place, stage: str) -> list[str]:
    planned = plan.sha256(here.settings, here.plan.batch_id)
    obeyed = [store.sha256(path) for of in STAGES[: STAGES.index(stage) + 1] if homes.exists(path := here.verdicts(of))]
    if stage == "extract":
        obeyed += _refused_before(here)
    elif stage == "mine" and (extracted := store.find_json(here.marker("extract"))):
        obeyed += [*extracted["made_by"], f"without {extracted['lost']}"]
    return [version.code_version(), version.extractor(), str(here.settings.max_document_bytes), planned, *obeyed]


def _refused_before(here: Place) -> list[str]:
    """Return the previous captures of the chunk's documents that there are verdicts on: they show no text to repeat."""
    known = past.known(here.settings, here.plan.batch_id, here.chunk.id).values()
    obeyed = {batch: verdicts.of_batch(here.settings, batch, "extract") for batch in {each.batch_id for each in known}}
    return sorted(each.capture_id for each in known if each.capture_id in obeyed[each.batch_id])


def mark(here: Place, stage: str, counts: Counts, **more: object) -> Counts:
    """Write down that a stage is through with a chunk, and return what it counted."""
    store.write_json(here.marker(stage), {"made_by": _made_by(here, stage), "counts": counts} | more)
    return counts
