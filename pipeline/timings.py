"""How long the stages of a batch took, and which documents took longest. Nothing of it goes into the lake."""

from collections.abc import Iterable, Iterator
from time import monotonic, process_time
from typing import Any, NamedTuple, TypeVar

from pipeline import markers, store
from pipeline.model import Plan
from pipeline.place import Place
from pipeline.settings import Settings

T = TypeVar("T")
Laps = dict[str, float]
"""Seconds of processor time by capture id."""
SLOWEST = 5


class Stopwatch(NamedTuple):
    """When a stage began with a chunk, in seconds of a monotonic clock, and what its documents took so far."""

    began: float
    laps: Laps


def start() -> Stopwatch:
    """Return a stopwatch that begins now."""
    return Stopwatch(monotonic(), {})


def timed(items: Iterable[T], laps: list[float]) -> Iterator[T]:
    """Yield the items, adding to `laps` the processor seconds of this process until the next one is asked for."""
    for item in items:
        began = process_time()
        yield item
        laps.append(process_time() - began)


def stopped(watch: Stopwatch) -> dict[str, Any]:
    """Return what a marker keeps of a stopwatch: seconds, processor seconds of the documents, the slowest of them."""
    slowest = _slowest([(capture_id, round(seconds, 3)) for capture_id, seconds in watch.laps.items()])
    seconds, processor_seconds = round(monotonic() - watch.began, 3), round(sum(watch.laps.values()), 3)
    return {"seconds": seconds, "processor_seconds": processor_seconds, "slowest": slowest}


def write(settings: Settings, made: Plan) -> None:
    """Write reports/<batch>/timings.json: the chunks' seconds summed by stage, and the slowest documents of all."""
    stages = [{"stage": stage} | _summed(settings, made, stage) for stage in markers.STAGES]
    store.write_json(settings.reports / made.batch_id / "timings.json", {"stages": stages})


def _summed(settings: Settings, made: Plan, stage: str) -> dict[str, Any]:
    found = [store.read_json(Place(settings, made, chunk).marker(stage))["timings"] for chunk in made.chunks]
    slowest = _slowest([(capture_id, seconds) for one in found for capture_id, seconds in one["slowest"]])
    return {name: sum(one[name] for one in found) for name in ("seconds", "processor_seconds")} | {"slowest": slowest}


def _slowest(laps: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(laps, key=lambda lap: (-lap[1], lap[0]))[:SLOWEST]
