"""The contracts' rules, evaluated by Great Expectations: imported inside a function, as that costs 4 CPU seconds."""

import gc
import reprlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa

from pipeline.contracts import Rule, Scope, Severity, contract
from pipeline.errors import ConfigurationError, ContractError

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition

_ROW = "row number"
COLLECTED = 2**20
"""Bytes of a table behind which frames are swept up: Great Expectations leaves them in cycles, 120 MB a batch."""


class Breach(NamedTuple):
    """A rule that one row breaks, or the table as a whole (row None); row is the position in the table checked."""

    table: str
    column: str | None
    rule: str
    severity: Severity
    row: int | None
    value: str


def prepare() -> None:
    """Import Great Expectations ahead of the first check, beside other work; ConfigurationError if it cannot be had."""
    try:
        _frames()
    except ImportError as error:
        raise ConfigurationError(f"the checks cannot be loaded: {error}") from error


def check_rows(name: str, table: pa.Table) -> list[Breach]:
    """Return breaches of single rows, in row order; ContractError when a rule of the contract cannot be evaluated."""
    found: list[Breach] = []
    for rule, result in _broken(name, table, "row"):
        for entry in result["unexpected_index_list"]:
            row = int(entry.pop(_ROW))
            values = (f"{column}={reprlib.repr(table[column][row].as_py())}" for column in entry)
            found.append(Breach(name, rule.column, rule.name, rule.severity, row, ", ".join(values)))
    if table.nbytes > COLLECTED:
        gc.collect()
    return sorted(found, key=lambda breach: (breach.row, breach.column or "", breach.rule))


def check_table(name: str, table: pa.Table) -> list[Breach]:
    """Return breaches of the table as a whole, such as a key that occurs twice; ContractError as above."""
    return [
        Breach(name, rule.column, rule.name, rule.severity, None, _measured(result))
        for rule, result in _broken(name, table, "table")
    ]


def _broken(name: str, table: pa.Table, scope: Scope) -> list[tuple[Rule, dict[str, Any]]]:
    rules = [rule for rule in contract(name).rules if rule.scope == scope and _may_break(rule, table)]
    # A rule costs 5 ms for its verdict alone and 11 ms with the rows that break it (300 rows, none broken).
    broken = [rule for rule, result in _validate(table, rules, {"result_format": "BOOLEAN_ONLY"}) if not result.success]
    detailed = _validate(table, broken, {"result_format": "COMPLETE", "unexpected_index_column_names": [_ROW]})
    for rule, result in detailed:
        if not result.result:
            raise ContractError(f"{name}: rule {rule.name!r} cannot be evaluated: {result.exception_info}")
    return [(rule, result.result) for rule, result in detailed]


def _validate(table: pa.Table, rules: Sequence[Rule], form: dict[str, Any]) -> list[tuple[Rule, Any]]:
    if not rules:
        return []
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name="contract", expectations=[_expectation(n, rule) for n, rule in enumerate(rules)])
    batch = _frames().get_batch({"dataframe": _frame(table, rules)})
    results = batch.validate(suite, result_format=form).results
    return [(rules[result.expectation_config.meta["rule"]], result) for result in results]


@cache
def _frames() -> "BatchDefinition[Any]":
    """Where frames are handed to Great Expectations: made once, as making it costs as much as seven rules."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _expectation(number: int, rule: Rule) -> dict[str, Any]:
    kwargs = dict(rule.kwargs)
    return {"type": rule.expectation, "kwargs": kwargs, "severity": rule.severity, "meta": {"rule": number}}


def _frame(table: pa.Table, rules: Sequence[Rule]) -> pd.DataFrame:
    """Only what the rules read (all of it is hashed), in types that are compared as arrays and not value by value."""
    wider = {pa.int32(): pa.int64(), pa.date32(): pa.timestamp("us", tz="UTC")}
    read = {column for rule in rules for column in rule.reads}
    fields = [pa.field(f.name, wider.get(f.type, f.type)) for f in table.schema if f.name in read]
    frame: pd.DataFrame = table.select([field.name for field in fields]).cast(pa.schema(fields)).to_pandas()
    frame[_ROW] = range(len(table))
    return frame


def _may_break(rule: Rule, table: pa.Table) -> bool:
    """Return False where there is nothing to look at: no rows, or no nulls, which Arrow has counted."""
    if rule.expectation == "expect_column_values_to_not_be_null":
        return bool(table[rule.column].null_count)
    return len(table) > 0 or rule.expectation.startswith("expect_table_row_count")


def _measured(result: dict[str, Any]) -> str:
    if "observed_value" in result:
        return str(result["observed_value"])
    return f"{result['unexpected_count']} of {result['element_count']} rows"
