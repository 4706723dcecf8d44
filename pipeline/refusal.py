"""Rows that break a critical row rule: out of their tables, into `rejects`. Which rows those are, `checks` says."""

from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline import contracts
from pipeline.checks import Breach
from pipeline.rows import reject_row

Tables = dict[str, pa.Table]
REFUSABLE = ("articles", "embeds", "links", "quotes", "claims", "mentions")
"""Tables of which a row can be refused; of the others none can: they are the ledger itself."""


def refuse(tables: Tables, breaches: list[Breach], sources: dict[str, str]) -> Tables:
    """Return the tables without the refused rows, which are added to `rejects`."""
    refused: dict[tuple[str, int], Breach] = {}
    for breach in breaches:
        if breach.severity == "critical" and breach.row is not None and breach.table in REFUSABLE:
            refused.setdefault((breach.table, breach.row), breach)
    if not refused:
        return tables
    rejects = [
        _reject(tables[name], breach, sources)
        for (name, _), breach in sorted(refused.items(), key=lambda item: item[0])
    ]
    dead = {tables[name]["capture_id"][row].as_py() for name, row in refused if name == "articles"}
    kept = {
        name: _without(name, table, refused, dead) if name in REFUSABLE else table for name, table in tables.items()
    }
    kept["captures"] = _rejected(kept["captures"], dead)
    kept["rejects"] = pa.concat_tables(
        [kept["rejects"], contracts.conform("rejects", pd.DataFrame.from_records(rejects))]
    )
    return kept


def _reject(table: pa.Table, breach: Breach, sources: dict[str, str]) -> dict[str, Any]:
    row = table.slice(breach.row or 0, 1).to_pylist()[0]
    detail = f"{breach.column}: {breach.rule} ({breach.value})"
    return reject_row(row["batch_id"], sources[row["batch_id"]], breach.table, "check", "contract", detail, row)


def _without(name: str, table: pa.Table, refused: dict[tuple[str, int], Breach], dead: set[str]) -> pa.Table:
    captures = table["capture_id"].to_pylist()
    keep = [(name, row) not in refused and capture not in dead for row, capture in enumerate(captures)]
    return table.filter(pa.array(keep, pa.bool_()))


def _rejected(captures: pa.Table, dead: set[str]) -> pa.Table:
    rows = captures.to_pylist()
    for row in rows:
        if row["capture_id"] in dead:
            row |= {"outcome": "rejected", "version_id": None, "content_sha256": None}
    return pa.Table.from_pylist(rows, captures.schema)
