"""What documents came to that killed their worker, in `raw/<batch>/verdicts/<chunk>.<stage>.json`.

What a document does to a process depends on the machine, and the lake must not: it is found out once and then obeyed.
`newsmill replay` takes them back.
"""

from collections.abc import Collection
from pathlib import Path

from pipeline import homes, store
from pipeline.model import Reason, Refusal
from pipeline.objects import Version
from pipeline.settings import Settings

Verdicts = dict[str, Refusal]
"""By capture id."""


def path(settings: Settings, batch_id: str, chunk_id: str, stage: str) -> Path:
    """Return where the verdicts of one chunk in one stage are, if there are any."""
    return settings.raw / batch_id / "verdicts" / f"{chunk_id}.{stage}.json"


def read(file: Path) -> Verdicts:
    """Return the verdicts of a file; none if it is not there."""
    found: dict[str, tuple[Reason, str]] = store.find_json(file) or {}
    return {capture_id: Refusal(reason, detail) for capture_id, (reason, detail) in found.items()}


def add(file: Path, capture_id: str, verdict: Refusal) -> None:
    """Write down that a document is not to be tried again."""

    def attempt(before: Version) -> None:
        there: dict[str, object] = store.read_json(before.path) if before.path else {}
        store.write_json(file, there | {capture_id: verdict}, before)

    store.swap(file, None, attempt)


def take_back(settings: Settings, batch_id: str, capture_ids: Collection[str]) -> None:
    """Forget the verdicts on some captures of a batch, in all stages: their next run tries them again."""
    for file in homes.matching(settings.raw / batch_id / "verdicts", "*.json"):
        found: dict[str, object] = store.read_json(file)
        kept = {capture_id: value for capture_id, value in found.items() if capture_id not in capture_ids}
        if not kept:
            store.remove(file)
        elif len(kept) < len(found):
            store.write_json(file, kept)


def of_batch(settings: Settings, batch_id: str, stage: str) -> Verdicts:
    """Return the verdicts of all chunks of a batch in one stage."""
    files = homes.matching(settings.raw / batch_id / "verdicts", f"*.{stage}.json")
    return {capture_id: verdict for file in files for capture_id, verdict in read(file).items()}
