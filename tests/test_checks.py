"""Every rule of every contract lets the contract's own example pass and catches the row that breaks it."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from pipeline import checks
from pipeline.checks import Breach, check_rows, check_table
from pipeline.contracts import TABLES, Rule, conform, contract
from pipeline.errors import ContractError

PARSE: dict[str, Callable[[str], Any]] = {
    "INTEGER": int,
    "BIGINT": int,
    "DOUBLE": float,
    "BOOLEAN": lambda text: text == "True",
    "DATE": datetime.date.fromisoformat,
    "TIMESTAMP WITH TIME ZONE": datetime.datetime.fromisoformat,
}


def example(name: str) -> dict[str, Any]:
    columns = [c for c in contract(name).columns if c.example is not None and c.type[-1] != "]" and not c.partition]
    return {column.name: PARSE.get(column.type, str)(str(column.example)) for column in columns}


def table(name: str, *changes: dict[str, Any]) -> pa.Table:
    rows = [{**example(name), **change} for change in changes]
    return conform(name, pd.DataFrame(rows, dtype=object))


def breaking(rule: Rule) -> dict[str, Any]:
    kwargs, column = rule.kwargs, str(rule.column)
    match rule.expectation:
        case "expect_column_values_to_not_be_null":
            return {column: None, **condition(kwargs.get("row_condition"))}
        case "expect_column_values_to_match_regex":
            return {column: " "}
        case "expect_column_values_to_not_match_regex":
            return {column: "nul \x00 inside"}
        case "expect_column_values_to_be_in_set":
            return {column: "nonsense"}
        case "expect_column_value_lengths_to_be_between":
            return {column: "x" * (kwargs["max_value"] + 1)}
        case "expect_column_values_to_be_between" if isinstance(kwargs["min_value"], str):
            early = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
            return {column: early.date() if column == "published_on" else early}
        case "expect_column_values_to_be_between":
            return {column: kwargs["min_value"] - 1}
        case "expect_column_pair_values_a_to_be_greater_than_b":
            return {kwargs["column_A"]: 7, kwargs["column_B"]: 8 if kwargs["or_equal"] else 7}
    raise AssertionError(f"no breaking row for {rule.expectation}")


def condition(declared: dict[str, Any] | None) -> dict[str, Any]:
    if declared is None or declared["type"] == "nullity":
        return {}
    return {declared["column"]["name"]: declared["parameter"][0]}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_rule_passes_the_example_and_catches_its_breaking_row(name: str) -> None:
    rules = [rule for rule in contract(name).rules if rule.scope == "row"]
    breaches = check_rows(name, table(name, {}, *(breaking(rule) for rule in rules)))
    assert not [breach for breach in breaches if breach.row == 0]
    found = {(breach.row, breach.column, breach.rule, breach.severity) for breach in breaches}
    expected = {(row, rule.column, rule.name, rule.severity) for row, rule in enumerate(rules, start=1)}
    assert expected <= found


@pytest.mark.parametrize("name", TABLES)
def test_the_example_alone_breaks_nothing(name: str) -> None:
    rows = table(name, {})
    assert check_rows(name, rows) == []
    assert check_table(name, rows) == []


@pytest.mark.parametrize("name", [name for name in TABLES if name != "rejects"])
def test_a_key_that_occurs_twice_is_critical(name: str) -> None:
    breaches = check_table(name, table(name, {}, {}))
    assert [(breach.rule, breach.severity, breach.row) for breach in breaches] == [("unique key", "critical", None)]


def test_a_row_and_a_value_are_reported_by_position() -> None:
    rows = table("quotes", {}, {"quote_no": 1}, {"quote_no": 2, "char_start": 9, "char_end": 4})
    assert check_rows("quotes", rows) == [
        Breach("quotes", "char_end", "ends behind its start", "critical", 2, "char_end=4, char_start=9"),
    ]


@pytest.mark.parametrize(
    ("name", "broken", "rule"),
    [
        ("articles", {"date_published": None, "published_on": None}, "dates known for half of the articles"),
        ("articles", {"in_language": None}, "language known for 4 of 5 articles"),
        ("captures", {"outcome": "rejected"}, "at least half of the captures usable"),
    ],
)
def test_a_source_that_lost_a_field_is_a_warning_on_its_table(name: str, broken: dict[str, Any], rule: str) -> None:
    rows = [{"capture_id": f"{number:032x}", **(broken if number else {})} for number in range(4)]
    assert check_table(name, table(name, *rows)) == [
        Breach(name, next(iter(broken)), rule, "warning", None, "3 of 4 rows")
    ]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_checked_by_its_audited_columns_alone(name: str) -> None:
    rows = table(name, {}, {})
    assert check_table(name, rows.select(contract(name).audited)) == check_table(name, rows)


def test_a_batch_without_captures_is_a_warning() -> None:
    empty = conform("captures", pd.DataFrame())
    assert check_rows("captures", empty) == []
    assert check_table("captures", empty) == [
        Breach("captures", None, "at least one capture", "warning", None, "0"),
    ]


@pytest.mark.parametrize("name", [name for name in TABLES if name != "captures"])
def test_an_empty_table_breaks_nothing(name: str) -> None:
    empty = conform(name, pd.DataFrame())
    assert check_rows(name, empty) == check_table(name, empty) == []


def test_a_check_does_not_remember_the_one_before() -> None:
    good, bad = table("links", {}), table("links", {"url": "mailto:ada@harbour.example"})
    assert [len(check_rows("links", rows)) for rows in (good, bad, good, bad)] == [0, 1, 0, 1]


def test_news_that_is_odd_but_real_passes() -> None:
    odd = {
        "headline": None,
        "url": None,
        "canonical_url": None,
        "date_published": None,
        "published_on": None,
        "in_language": None,
        "article_body": "Ja.\n\n\tنعم \u2028 👍🏽 ﷽",
        "word_count": 0,
    }
    assert check_rows("articles", table("articles", odd)) == []


def test_a_rule_that_cannot_be_evaluated_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    held = contract("links")
    broken = replace(held.rules[-1], name="broken", kwargs={"column": "url", "regex": "("}, scope="row", column="url")
    broken = replace(broken, expectation="expect_column_values_to_match_regex")
    monkeypatch.setattr(checks, "contract", lambda _: replace(held, rules=(broken,)))
    with pytest.raises(ContractError, match="links: rule 'broken' cannot be evaluated"):
        check_rows("links", table("links", {}))
