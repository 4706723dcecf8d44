"""The contracts as a page for readers, docs/tables.md."""

from pipeline.contracts import TABLES, Column, Contract, Rule, contract

_HEAD = """\
# Tables

Each table is a folder of Parquet files, `lake/<table>/month=YYYY-MM/data.parquet`, and a view in DuckDB.
Its contract is `schemas/<table>.odcs.yaml` (Open Data Contract Standard 3.1).
This page is made from the contracts by `newsmill docs`.

Types are DuckDB's. Times are UTC, microseconds. Offsets count Unicode code points from 0, ends are exclusive.
Columns marked * are never null; a list is never null but may be empty. `month` is read from the path.
A row that breaks a critical row rule goes to `rejects`, a batch that breaks a critical table rule is held back,
and warnings are reported.

"""


def data_dictionary() -> str:
    """Return the text of docs/tables.md."""
    return _HEAD + "\n".join(_section(contract(name)) for name in TABLES)


def _section(held: Contract) -> str:
    lines = [f"## {held.name}", "", f"{held.description} {held.grain}", ""]
    if held.key:
        lines += [
            f"Key: {', '.join(held.key)}. Row order in a file: {', '.join(held.sort_key)}.",
            "",
        ]
    else:
        lines += [f"Row order in a file: {', '.join(held.sort_key)}.", ""]
    lines += [
        "| column | type | meaning | example |",
        "|---|---|---|---|",
        *map(_line, held.columns),
        "",
    ]
    rules = [f"- {_wording(rule)}" for rule in held.rules if rule.name != "not null"]
    return "\n".join([*lines, "Rules:", "", *rules, ""])


def _line(column: Column) -> str:
    example = "" if column.example is None else f"`{column.example}`"
    cells = (
        f"{column.name}{' *' if column.required else ''}",
        column.type,
        column.description,
        example,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _wording(rule: Rule) -> str:
    listed = rule.kwargs.get("value_set")
    values = f": {', '.join(f'`{value}`' for value in listed)}" if listed else ""
    return f"{f'{rule.column}: ' if rule.column else ''}{rule.name}{values} ({rule.severity}, {rule.scope})"
