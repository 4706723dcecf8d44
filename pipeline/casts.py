"""Exact casts from pandas to Arrow: a value fits its type or is an error, nothing is rounded, parsed or guessed."""

import datetime
import reprlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.errors import ContractError


def cast(series: pd.Series, kind: pa.DataType, name: str) -> pa.Array:
    """Return the series as an Arrow array; ContractError gives name, row and value of the first that does not fit.

    Arrow's own casts are not exact: of objects they turn 1.5 into 1 and a time without zone into UTC.
    """
    values = series.tolist()
    if not _is_exact(values, kind):
        values = _converted(values, series.isna().tolist(), kind, name)
    try:
        return pa.array(values, type=kind, from_pandas=True)
    except _ARROW_ERRORS as error:
        row = next(row for row, value in enumerate(values) if not _fits(value, kind))
        raise _misfit(name, row, values[row], kind) from error


def _is_exact(values: list[Any], kind: pa.DataType) -> bool:
    """Return whether Arrow's own cast is exact for these types of values; to convert each takes three times as long."""
    if pa.types.is_list(kind):
        if kind.value_type == pa.float64():  # within a list Arrow makes a null of NaN
            return False
        inner = set(map(type, chain.from_iterable(values))) if set(map(type, values)) == {list} else {_NOTHING}
        return inner <= {_EXACT.get(kind.value_type)}
    types = set(map(type, values)) - {_NOTHING}
    if types == {datetime.datetime}:
        return kind == _INSTANT and all(value is None or value.tzinfo is not None for value in values)
    return types <= {_EXACT.get(kind)}


def _converted(values: list[Any], nulls: list[bool], kind: pa.DataType, name: str) -> list[Any]:
    convert = _converter(kind)
    nothing: list[Any] | None = [] if pa.types.is_list(kind) else None
    found: list[Any] = []
    for row, (value, null) in enumerate(zip(values, nulls, strict=True)):
        try:
            found.append(nothing if null else convert(value))
        except (TypeError, ValueError, OverflowError) as error:
            raise _misfit(name, row, value, kind) from error
    return found


_INSTANT = pa.timestamp("us", tz="UTC")
_NOTHING = type(None)
_ARROW_ERRORS = (pa.ArrowException, UnicodeError, OverflowError)


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], type=kind)
    except _ARROW_ERRORS:
        return False
    return True


def _misfit(name: str, row: int, value: Any, kind: pa.DataType) -> ContractError:
    return ContractError(f"{name}, row {row}: {reprlib.repr(value)} is no {kind}")


def _converter(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_list(kind):
        return partial(_list, _converter(kind.value_type))
    if pa.types.is_struct(kind):
        return partial(_struct, {field.name: _converter(field.type) for field in kind})
    return _CONVERTERS[kind]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _integer(value: Any) -> int:
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise TypeError


def _real(value: Any) -> float:
    if isinstance(value, Real) and not isinstance(value, bool) and float(value) == value:
        return float(value)
    raise TypeError


def _truth(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise TypeError


def _instant(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value
    raise TypeError


def _day(value: Any) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise TypeError


def _list(convert: Callable[[Any], Any], value: Any) -> list[Any]:
    if isinstance(value, list | tuple | np.ndarray):
        return [convert(item) for item in value]
    raise TypeError


def _struct(fields: Mapping[str, Callable[[Any], Any]], value: Any) -> dict[str, Any]:
    if isinstance(value, tuple):
        value = dict(zip(fields, value, strict=True))
    if isinstance(value, dict) and value.keys() == fields.keys():
        return {name: convert(value[name]) for name, convert in fields.items()}
    raise TypeError


_CONVERTERS: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.large_string(): _text,
    pa.int32(): _integer,
    pa.int64(): _integer,
    pa.float64(): _real,
    pa.bool_(): _truth,
    _INSTANT: _instant,
    pa.date32(): _day,
}
_EXACT: dict[pa.DataType, type] = {
    pa.large_string(): str,
    pa.int32(): int,
    pa.int64(): int,
    pa.float64(): float,
    pa.bool_(): bool,
    pa.date32(): datetime.date,
}
