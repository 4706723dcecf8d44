"""Reports to look at in the morning: one self-contained HTML page a batch, and one for the whole lake."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import store
from pipeline.report import charts, corpus, night, page
from pipeline.settings import Settings


def write(settings: Settings, batch_id: str) -> Path:
    """Write reports/<batch>/report.html and return its path; ConfigurationError if nothing is known of the batch."""
    found = night.read(settings, batch_id)
    text = page.render("night.html.j2", night=found, charts=charts.of_night(found))
    return _written(settings.reports / batch_id / "report.html", text)


def write_all(settings: Settings, batch_ids: Sequence[str]) -> list[Path]:
    """Write the reports of some batches and of the lake, and return their paths; errors as of each."""
    return [*(write(settings, batch_id) for batch_id in batch_ids), write_corpus(settings)]


def write_corpus(settings: Settings) -> Path:
    """Write reports/corpus.html, what the lake holds, and return its path; IntegrityError if a file is damaged."""
    found = corpus.read(settings)
    return _written(
        settings.reports / "corpus.html", page.render("corpus.html.j2", corpus=found, charts=charts.of_corpus(found))
    )


def _written(path: Path, text: str) -> Path:
    with store.replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path
