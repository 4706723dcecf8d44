"""The contracts follow their standard and agree with the code; casts are exact or refused."""

import datetime
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import contracts
from pipeline.casts import cast
from pipeline.contracts import REPORTED, TABLES, comments, conform, contract
from pipeline.dictionary import data_dictionary
from pipeline.errors import ContractError
from pipeline.model import FAILURES, Embed, Link, Reason

ROOT = Path(__file__).parents[1]
NOON = datetime.datetime(2021, 3, 14, 12, tzinfo=datetime.UTC)
ARTICLE: dict[str, Any] = {
    "batch_id": "harbour-post-2021-03-14",
    "capture_id": "0" * 32,
    "article_id": "1" * 32,
    "version_id": "2" * 32,
    "source_id": "harbour-post",
    "article_body": "The strike in the harbour ended on Sunday.",
    "word_count": 8,
    "content_sha256": "3" * 64,
    "extractor": "test",
    "valid_from": NOON,
}


def articles(*changes: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**ARTICLE, **change} for change in changes or ({},)])


def allowed(table: str, column: str) -> set[str]:
    rules = [rule for rule in contract(table).rules if rule.column == column and rule.scope == "row"]
    return set(next(rule.kwargs["value_set"] for rule in rules if "value_set" in rule.kwargs))


@pytest.mark.parametrize("name", TABLES)
def test_a_contract_follows_the_standard(name: str) -> None:
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    declared = yaml.safe_load(files("schemas").joinpath(f"{name}.odcs.yaml").read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(declared)
    assert declared["apiVersion"] == "v3.1.0"
    assert declared["servers"][0]["path"] == f"lake/{name}/*/*.parquet"


@pytest.mark.parametrize("name", TABLES)
def test_a_contract_is_complete(name: str) -> None:
    held = contract(name)
    columns = [column.name for column in held.columns]
    assert columns == [*held.schema.names, "month"]
    assert set(held.key) <= set(columns)
    assert set(held.sort_key) <= set(held.schema.names)
    assert all(len(column.description) > 8 for column in held.columns)
    assert len({(rule.column, rule.name, rule.scope) for rule in held.rules}) == len(held.rules)


def test_every_contract_file_is_a_table_or_a_report() -> None:
    found = {path.name.removesuffix(".odcs.yaml") for path in (ROOT / "schemas").glob("*.yaml")}
    assert found == {*TABLES, *REPORTED}


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(ContractError, match="'artikel'"):
        contract("artikel")


@pytest.mark.parametrize(
    "broken",
    [
        "a: [",
        "apiVersion: v3.1.0",
        "schema: [{name: runs, properties: [{name: x, physicalType: DECIMAL}], customProperties: []}]",
        "schema: [{name: runs, unknown: 1, quality: [{name: x, engine: soda, implementation: x}]}]",
    ],
)
def test_a_broken_contract_is_an_error_that_names_the_file(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs.odcs.yaml").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(contracts, "files", lambda _: tmp_path)
    with pytest.raises(ContractError, match=r"schemas/runs\.odcs\.yaml"):
        contract.__wrapped__("runs")


def test_reasons_and_outcomes_are_those_of_the_code() -> None:
    assert allowed("rejects", "reason") == set(get_args(Reason))
    assert allowed("captures", "outcome") > FAILURES | {"extracted", "unchanged", "not_modified", "rejected"}
    assert "taken_down" in allowed("captures", "outcome")


def test_named_tuples_of_the_model_fit_their_tables() -> None:
    assert set(Embed._fields) < set(contract("embeds").schema.names)
    assert set(Link._fields) < set(contract("links").schema.names)


def test_docs_and_comments_are_made_from_the_contracts() -> None:
    assert (ROOT / "docs/tables.md").read_text(encoding="utf-8") == data_dictionary(), "run `newsmill docs`"
    assert len(comments()) == sum(1 + len(contract(name).columns) for name in TABLES)


def test_conform_survives_parquet(tmp_path: Path) -> None:
    frame = articles(
        {"language_mix": (("de", 0.75), ("en", 0.25)), "authors": ("Ada Muster",), "date_published": NOON},
        {"language_mix": [{"lang": "fr", "share": 1}], "published_on": NOON.date(), "is_accessible_for_free": False},
        {"keywords": np.array(["harbour"], dtype=object), "language_confidence": 1},
    )
    table = conform("articles", frame)
    pq.write_table(table, tmp_path / "data.parquet")
    stored = pq.ParquetFile(tmp_path / "data.parquet").read()
    assert stored.equals(table)
    assert stored.schema.metadata == contract("articles").schema.metadata
    assert stored["language_mix"].to_pylist()[1:] == [[{"lang": "fr", "share": 1.0}], []]
    assert stored["date_published"].to_pylist() == [NOON, None, None]


def test_file_metadata_is_only_ours() -> None:
    assert conform("articles", articles()).schema.metadata == {
        b"newsmill.table": b"articles",
        b"newsmill.contract": contract("articles").version.encode(),
    }


def test_missing_columns_and_missing_values_become_null_or_an_empty_list() -> None:
    table = conform("articles", articles({}, {"word_count": np.nan, "headline": pd.NA, "date_modified": pd.NaT}))
    assert table["headline"].null_count == 2
    assert table["word_count"].to_pylist() == [8, None]
    assert table["authors"].to_pylist() == [[], []]


def test_an_empty_frame_needs_no_columns() -> None:
    for name in TABLES:
        assert conform(name, pd.DataFrame()).schema.equals(contract(name).schema, check_metadata=True)


def test_strings_and_columns_in_any_order_and_dtype_give_the_same_table() -> None:
    frame = articles({"headline": "A"}, {"headline": None})
    other = frame[sorted(frame.columns)].astype(object)
    assert conform("articles", frame).equals(conform("articles", other), check_metadata=True)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("headline", 5),
        ("headline", b"bytes"),
        ("headline", "lone surrogate \ud800"),
        ("word_count", 1.5),
        ("word_count", "8"),
        ("word_count", True),
        ("word_count", 2**40),
        ("language_confidence", "0.5"),
        ("language_confidence", 10**400),
        ("is_accessible_for_free", 1),
        ("date_published", datetime.datetime(2021, 3, 14)),
        ("date_published", "2021-03-14"),
        ("published_on", NOON),
        ("authors", "Ada Muster"),
        ("authors", ["Ada Muster", None]),
        ("language_mix", [("de",)]),
        ("language_mix", [{"lang": "de"}]),
        ("language_mix", [{"lang": "de", "share": 1.0, "extra": 1}]),
    ],
)
def test_a_value_without_a_place_is_refused_with_table_column_and_row(column: str, value: Any) -> None:
    frame = articles({}, {})
    values = pd.Series([None, value], dtype=object)
    with pytest.raises(ContractError, match=rf"^articles\.{column}, row 1: "):
        conform("articles", frame.assign(**{column: values}))


def test_an_unknown_column_and_a_missing_one_are_named() -> None:
    with pytest.raises(ContractError, match="articles has no column 'month'"):
        conform("articles", articles({"month": "2021-03"}))
    with pytest.raises(ContractError, match="articles needs column 'article_body'"):
        conform("articles", articles().drop(columns="article_body"))


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.datetimes(), st.dates()
) | st.lists(st.text() | st.integers() | st.tuples(st.text(), st.floats()))


@given(st.sampled_from(contract("articles").schema.names), ANYTHING)
@example("language_mix", [("", 0.0)])
@example("language_mix", [("de", float("nan"))])
def test_any_value_is_stored_as_it_is_or_refused(column: str, value: Any) -> None:
    frame = articles().assign(**{column: pd.Series([value], dtype=object)})
    try:
        stored = conform("articles", frame)[column].to_pylist()[0]
    except ContractError:
        return
    if value is None or value != value:
        assert stored in (None, [])
    elif column == "language_mix":
        assert repr([(item["lang"], item["share"]) for item in stored]) == repr(value)  # a NaN is equal to a NaN here
    else:
        assert stored == value


def test_arrow_types_are_the_ones_promised() -> None:
    schema = contract("articles").schema
    assert schema.field("headline").type == pa.large_string()
    assert schema.field("date_published").type == pa.timestamp("us", tz="UTC")
    assert schema.field("published_on").type == pa.date32()
    assert schema.field("authors").type == pa.list_(pa.large_string())
    share = pa.struct([pa.field("lang", pa.large_string()), pa.field("share", pa.float64())])
    assert schema.field("language_mix").type == pa.list_(share)


def test_what_is_no_number_within_a_list_is_refused() -> None:
    with pytest.raises(ContractError, match="nan"):
        cast(pd.Series([[float("nan"), 1.5]]), pa.list_(pa.float64()), "shares")
