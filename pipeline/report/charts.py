"""Charts as SVG inside a page, drawn offline by vl-convert; their colours hold on light and on dark ground.

matplotlib takes a second to load and its SVG has paths in place of text; altair makes the same Vega-Lite with a
package more. A chart is 3 kB and takes 20 ms, the first one 0.9 s.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import vl_convert
from markupsafe import Markup

from pipeline.report.corpus import Corpus
from pipeline.report.night import Night, Trend

_BLUE, _RED = "#4a86e8", "#e0532f"
"""At least 3:1 on white and on #14171c."""
_CONFIG = {
    "background": None,
    # Texts are wider in other fonts than in the one that they are measured in.
    "padding": {"left": 14, "right": 14, "top": 5, "bottom": 5},
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor", "titleColor": "currentColor", "gridColor": "#88888855",
        "domainColor": "#888", "tickColor": "#888", "labelFontSize": 11,
    },
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor"},
    "mark": {"color": _BLUE},
}  # fmt: skip
Row = Mapping[str, Any]


def of_night(night: Night) -> dict[str, Any]:
    """Return the charts of a batch's report by name."""
    return {
        "outcomes": bars(
            [one[:2] for one in night.outcomes], "captures", {one.name for one in night.outcomes if one.lost}
        ),
        "trends": {one.measure: _trend(one) for one in night.trends if len(one.nights) > 1},
        "languages": bars(night.languages, "articles"),
        "days": columns(night.days, "published on", "articles"),
    }


def of_corpus(corpus: Corpus) -> dict[str, Any]:
    """Return the charts of the corpus page by name."""
    return {
        "coverage": _coverage(corpus),
        "growth": columns(corpus.growth, "month of the batch", "articles"),
        "quality": {name: _line(values) for name, values in corpus.quality.items()},
        "storage": bars([(one.table, one.bytes) for one in corpus.storage], "bytes"),
    }


def bars(values: Sequence[tuple[str, int]], what: str, lost: Collection[str] = ()) -> Markup:
    """Return a bar a name, in the order given, red for what is lost; nothing without values."""
    rows = [{"name": name, "n": count, "lost": name in lost} for name, count in values]
    colour = {"condition": {"test": "datum.lost", "value": _RED}, "value": _BLUE}
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 160}}
    x = {"field": "n", "type": "quantitative", "title": what, "axis": {"tickMinStep": 1, "tickCount": 5}}
    return _svg(
        {"height": {"step": 20}, "width": 380, "mark": "bar", "encoding": {"x": x, "y": y, "color": colour}}, rows
    )


def columns(values: Sequence[tuple[str, int]], when: str, what: str) -> Markup:
    """Return a column a day or month, in the order given; nothing without values."""
    rows = [{"name": name, "n": count} for name, count in values]
    x = {
        "field": "name",
        "type": "ordinal",
        "sort": None,
        "title": when,
        "axis": {"labelAngle": -45, "labelOverlap": True, "titlePadding": 12},
    }
    y = {"field": "n", "type": "quantitative", "title": what, "axis": {"tickMinStep": 1, "tickCount": 4}}
    width = {"step": min(40, 380 / max(len(rows), 1))}
    return _svg({"height": 120, "width": width, "mark": "bar", "encoding": {"x": x, "y": y}}, rows)


def _trend(trend: Trend) -> Markup:
    rows = [{"day": day, "value": value, "now": False} for day, value in trend.nights]
    rows += [{"day": trend.day, "value": trend.value, "now": True}]
    x = {"field": "day", "type": "ordinal", "title": None, "axis": {"labels": False, "ticks": False}}
    y = {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 3}, "scale": {"zero": False}}
    band = {
        "data": {"values": [{"low": trend.low, "high": trend.high}]},
        "mark": {"type": "rect", "opacity": 0.2},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
    }
    colour = {"condition": {"test": "datum.now", "value": _RED if trend.severity else _BLUE}, "value": _BLUE}
    points = {
        "mark": {"type": "point", "filled": True, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": colour,
            "size": {"condition": {"test": "datum.now", "value": 90}, "value": 14},
        },
    }
    line = {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y}}
    layers = [*([band] if trend.low is not None else []), line, points]
    return _svg({"height": 70, "width": 200, "layer": layers}, rows)


def _line(values: Sequence[tuple[str, float]]) -> Markup:
    rows = [{"month": month, "value": value} for month, value in values]
    x = {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": -45, "labelOverlap": True}}
    y = {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 3}}
    return _svg(
        {"height": 80, "width": 220, "mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y}}, rows
    )


def _coverage(corpus: Corpus) -> Markup:
    rows = [{"source": source, "month": month, "n": count} for source, month, count in corpus.coverage]
    encoding = {
        "x": {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": -45, "labelOverlap": True}},
        "y": {"field": "source", "type": "nominal", "title": None, "axis": {"labelLimit": 160}},
        "color": {
            "field": "n",
            "type": "quantitative",
            "title": "articles",
            "scale": {"scheme": "blues", "type": "sqrt"},
        },
    }
    return _svg(
        {"height": {"step": 22}, "width": 460, "mark": {"type": "rect", "cornerRadius": 2}, "encoding": encoding}, rows
    )


def _svg(spec: dict[str, Any], rows: Sequence[Row]) -> Markup:
    """Return a chart of these rows. What vl-convert returns has escaped all text of theirs."""
    if not rows:
        return Markup()
    whole = {"data": {"values": list(rows)}, "config": _CONFIG, **spec}
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(whole), allowed_base_urls=[])
    return Markup(drawn)  # noqa: S704  (an SVG, made here)
