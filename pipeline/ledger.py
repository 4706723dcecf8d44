"""The ledger of a batch: what became of its captures, counted as its rows are checked. Nothing disappears from it.

`schemas/ledger.odcs.yaml` says that it balances; reports/<batch>/ledger.json keeps it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.measures import Measures
from pipeline.model import FAILURES

SHOWN = frozenset({"extracted", "unchanged", "not_modified", "taken_down"})
"""Outcomes of captures that show an article."""
KEPT = ("extracted", "unchanged", "not_modified", "rejected", "taken_down")
"""Outcomes that the ledger has by name; FAILURES are counted together."""


@dataclass(slots=True)
class Tally:
    """Outcomes of captures, how many show an article, and of the article rows what trends are about."""

    outcomes: Counter[str] = field(default_factory=Counter)
    shown: int = 0
    articles: int = 0
    undated: int = 0
    words: list[int] = field(default_factory=list)
    languages: Counter[str] = field(default_factory=Counter)

    def add(self, captures: pa.Table, articles: pa.Table) -> None:
        """Count some of the batch's checked captures and articles."""
        outcomes = captures["outcome"].to_pylist()
        self.outcomes.update(outcomes)
        ids = captures["article_id"].to_pylist()
        self.shown += sum(id is not None and outcome in SHOWN for id, outcome in zip(ids, outcomes, strict=True))
        self.articles += len(articles)
        self.undated += articles["date_published"].null_count
        self.words += articles["word_count"].to_pylist()
        self.languages.update(pc.fill_null(articles["in_language"], "unknown").to_pylist())

    def measures(self) -> Measures:
        """Return what the batch is compared by with earlier ones."""
        outcomes = self.outcomes
        return Measures(
            captures=outcomes.total(),
            articles=self.shown,
            refused=sum(outcomes[name] for name in ("rejected", *FAILURES)),
            extracted=self.articles,
            undated=self.undated,
            words=float(median(self.words)) if self.words else None,
            languages=dict(sorted(self.languages.items())),
            missed=bool(outcomes) and set(outcomes) == {"missed"},
        )


def row(batch_id: str, planned: int, outcomes: Mapping[str, int], articles: int) -> dict[str, Any]:
    """Return the ledger of a batch of so many planned documents and article rows, `accounted` by the outcomes."""
    terms = {name: outcomes.get(name, 0) for name in KEPT} | {"failed": sum(outcomes.get(f, 0) for f in FAILURES)}
    ids = {"batch_id": batch_id, "source_id": batch_id[: -len("-YYYY-MM-DD")]}
    return ids | {"captures": planned} | terms | {"accounted": sum(terms.values()), "articles": articles}
