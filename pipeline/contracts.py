"""What every table holds: schemas/*.odcs.yaml as Arrow schemas and rules. No data file is read or written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa
import yaml

from pipeline.casts import cast
from pipeline.errors import ContractError

if TYPE_CHECKING:
    from open_data_contract_standard.model import (
        DataQuality,
        SchemaObject,
        SchemaProperty,
    )

# fmt: off
TABLES: tuple[str, ...] = (
    "captures", "articles", "quotes", "embeds", "claims", "mentions", "links", "duplicates", "rejects", "runs",
)
# fmt: on
"""Names of all tables in publishing order: what others refer to comes first."""
REPORTED = ("ledger",)
"""Names of contracts of what is in reports/ and in no table."""

Severity = Literal["critical", "warning", "info"]
Scope = Literal["row", "table"]

_SEVERITIES: dict[str, Severity] = {"critical": "critical", "warning": "warning", "info": "info"}

# By physicalType, in DuckDB's names; a time has none, as `datacontract test` knows no name of a type with time zone.
_ARROW = {
    "VARCHAR": pa.large_string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One expectation of Great Expectations; `scope` says whether it fails single rows or the table as a whole."""

    name: str
    column: str | None
    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity
    scope: Scope

    @property
    def reads(self) -> frozenset[str]:
        """Names of the columns that the expectation looks at."""
        single = {self.kwargs[key] for key in ("column", "column_A", "column_B") if key in self.kwargs}
        condition = {self.kwargs["row_condition"]["column"]["name"]} if "row_condition" in self.kwargs else set()
        return frozenset(single | condition | set(self.kwargs.get("column_list", ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as analysts see it; `partition` marks the one that is in the path only."""

    name: str
    type: str
    description: str
    required: bool
    partition: bool
    example: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One table: `schema` is what a file holds, `sort_key` its row order, `key` what is unique (may be empty)."""

    name: str
    version: str
    description: str
    grain: str
    columns: tuple[Column, ...]
    schema: pa.Schema
    key: tuple[str, ...]
    sort_key: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def needed(self) -> frozenset[str]:
        """Columns that no frame may lack; list columns may be missing, as nothing found is the empty list."""
        found = (c.name for c in self.columns if c.required and not c.partition and not c.type.endswith("[]"))
        return frozenset(found)

    @property
    def audited(self) -> list[str]:
        """Columns that rules about the table as a whole look at: all that such a check needs of it."""
        read = {column for rule in self.rules if rule.scope == "table" for column in rule.reads}
        return [name for name in self.schema.names if name in read]


@cache
def contract(name: str) -> Contract:
    """Return the contract of a table or report; ContractError if there is none or its file breaks the standard."""
    from open_data_contract_standard.model import OpenDataContractStandard

    if name not in TABLES + REPORTED:
        raise ContractError(f"no table is called {name!r}: it is one of {', '.join(TABLES)}")
    text = files("schemas").joinpath(f"{name}.odcs.yaml").read_text(encoding="utf-8")
    try:
        standard = OpenDataContractStandard.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
        return _contract(name, str(standard.version), (standard.schema_ or [])[0])
    except (yaml.YAMLError, ValueError, LookupError, TypeError) as error:
        raise ContractError(f"schemas/{name}.odcs.yaml: {error}") from error


def equations(name: str) -> list[tuple[str, str, str]]:
    """Return (rule, column, column) of the pairs of columns that a contract says are equal in each row."""
    equal = [rule for rule in contract(name).rules if rule.expectation == "expect_column_pair_values_to_be_equal"]
    return [(rule.name, rule.kwargs["column_A"], rule.kwargs["column_B"]) for rule in equal]


def conform(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return the frame with exactly the columns and types of the contract; ContractError names column, row and value.

    None, NaN, NaT and what a missing column would hold become null, in a list column the empty list.
    """
    held = contract(name)
    unknown = sorted(set(frame.columns) - set(held.schema.names))
    if unknown:
        raise ContractError(f"{name} has no column {', '.join(map(repr, unknown))}")
    missing = held.needed - set(frame.columns)
    if missing and len(frame):
        raise ContractError(f"{name} needs column {', '.join(map(repr, sorted(missing)))}")
    blank = pd.Series([None] * len(frame), dtype=object)
    arrays = [cast(frame.get(field.name, blank), field.type, f"{name}.{field.name}") for field in held.schema]
    return pa.Table.from_arrays(arrays, schema=held.schema)


def comments() -> list[tuple[str, str | None, str]]:
    """Return (table, column or None, text) of every table and column, `month` included, for COMMENT ON."""
    found: list[tuple[str, str | None, str]] = []
    for held in map(contract, TABLES):
        found.append((held.name, None, f"{held.description} {held.grain}"))
        found.extend((held.name, column.name, column.description) for column in held.columns)
    return found


def _contract(name: str, version: str, table: "SchemaObject") -> Contract:
    properties = table.properties or []
    stored = [p for p in properties if not p.partitioned]
    keyed = sorted((p for p in properties if p.primaryKey), key=lambda p: p.primaryKeyPosition or 0)
    key = tuple(str(p.name) for p in keyed)
    custom = {p.property: p.value for p in table.customProperties or []}
    metadata = {"newsmill.table": name, "newsmill.contract": version}
    return Contract(
        name=name,
        version=version,
        description=str(table.description),
        grain=str(table.dataGranularityDescription),
        columns=tuple(map(_read_column, properties)),
        schema=pa.schema([pa.field(p.name, _arrow(p)) for p in stored], metadata=metadata),
        key=key,
        sort_key=tuple(custom["sortKey"] or ()),
        rules=tuple(_table_rules(table, key)) + tuple(rule for p in stored for rule in _column_rules(p)),
    )


def _read_column(declared: "SchemaProperty") -> Column:
    example = declared.examples[0] if declared.examples else None
    return Column(
        name=str(declared.name),
        type=_duckdb_type(_arrow(declared)),
        description=str(declared.description),
        required=bool(declared.required),
        partition=bool(declared.partitioned),
        example=None if example is None else str(example),
    )


def _arrow(declared: "SchemaProperty") -> pa.DataType:
    if declared.items:
        return pa.list_(_arrow(declared.items))
    if declared.properties:
        return pa.struct([pa.field(p.name, _arrow(p)) for p in declared.properties])
    return _ARROW[str(declared.physicalType or declared.logicalType)]


def _duckdb_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_duckdb_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{field.name} {_duckdb_type(field.type)}' for field in kind)})"
    name = next(name for name, arrow in _ARROW.items() if arrow == kind)
    return "TIMESTAMP WITH TIME ZONE" if name == "timestamp" else name


def _table_rules(table: "SchemaObject", key: tuple[str, ...]) -> list[Rule]:
    rules = [_rule(quality, None) for quality in table.quality or []]
    if len(key) == 1:
        return [_implied("unique key", "expect_column_values_to_be_unique", "table", column=key[0]), *rules]
    if key:
        columns = list(key)
        return [_implied("unique key", "expect_compound_columns_to_be_unique", "table", column_list=columns), *rules]
    return rules


def _column_rules(declared: "SchemaProperty") -> list[Rule]:
    rules = [_rule(quality, declared.name) for quality in declared.quality or []]
    if declared.required and not declared.items:
        return [_implied("not null", "expect_column_values_to_not_be_null", "row", column=declared.name), *rules]
    return rules


def _implied(name: str, expectation: str, scope: Scope, **kwargs: Any) -> Rule:
    column = kwargs.get("column")
    return Rule(name=name, column=column, expectation=expectation, kwargs=kwargs, severity="critical", scope=scope)


def _rule(quality: "DataQuality", column: str | None) -> Rule:
    made = quality.implementation
    if quality.engine != "greatExpectations" or not isinstance(made, dict):
        raise ValueError(f"rule {quality.name!r} is not one of greatExpectations")
    kwargs = made["kwargs"] if column is None else {"column": column, **made["kwargs"]}
    return Rule(
        name=str(quality.name),
        column=kwargs.get("column", kwargs.get("column_A")),
        expectation=made["type"],
        kwargs=kwargs,
        severity=_SEVERITIES[str(quality.severity)],
        scope="table" if "table" in (quality.tags or []) else "row",
    )
