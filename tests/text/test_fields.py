import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Refusal
from pipeline.text.fields import ALIASES, MAX_DEPTH, NAMES, json_object, value_of


def test_no_key_stands_for_two_names() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert set(ALIASES) <= set(NAMES)


def test_the_first_key_that_says_something_counts() -> None:
    assert value_of({"url": " ", "link": "https://news.example/"}, "url", {}) == "https://news.example/"
    assert value_of({"id": 0}, "id", {}) == 0
    assert value_of({"url": None, "link": []}, "url", {}) is None


def test_fields_replace_the_usual_keys_and_reach_into_objects() -> None:
    fields = {"link": "meta.url", "id": "a.b"}
    assert value_of({"url": "wrong", "meta": {"url": "right"}}, "url", fields) == "right"
    assert value_of({"a.b": 1, "a": {"b": 2}}, "id", fields) == 1
    assert value_of({"url": "wrong", "meta": "x"}, "url", fields) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "]", '"', '{"a": 1} x', '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_object_is_refused(text: str) -> None:
    found = json_object(text)
    assert isinstance(found, Refusal)
    assert found.reason == "invalid_json"


def test_brackets_in_strings_are_no_nesting() -> None:
    brackets = "[{" * MAX_DEPTH
    assert json_object(f'{{"a\\"{brackets}": "\\\\", "b": []}}') == {f'a"{brackets}': "\\", "b": []}
    assert json_object("[" * (MAX_DEPTH + 1)) == Refusal("too_deep", f"JSON nested deeper than {MAX_DEPTH} levels")


@given(st.text(alphabet='"\\[]{}:,a1 \n'))
def test_any_text_is_an_object_or_a_refusal(text: str) -> None:
    assert isinstance(json_object(text), dict | Refusal)


def test_a_megabyte_of_quotes_is_read_in_linear_time() -> None:
    started = time.process_time()
    for piece in ('\\"', '"', "[]", '"\\'):
        json_object('"' + piece * 500_000)
    assert time.process_time() - started < 5
