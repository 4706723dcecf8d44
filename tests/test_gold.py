"""Quality on the gold sets that lie beside the checkout may only rise: a floor that falls is a reason to think again."""

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline import run
from pipeline.settings import Settings

GOLD = Path(__file__).parents[2] / "shared" / "gold"
FLOORS = json.loads((Path(__file__).parent / "gold.json").read_text("utf-8"))
EPSILON = 0.0005

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not GOLD.is_dir(), reason="the gold sets are not part of the project"),
]


@pytest.fixture(scope="module")
def score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", GOLD / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_figure_falls_below_its_floor(name: str, score: ModuleType, tmp_path: Path) -> None:
    gate: dict[str, Any] = FLOORS[name]
    corpus = GOLD / gate["corpus"]
    settings = Settings(home=tmp_path / "home")
    batch_ids = run.plan_corpus(settings, corpus, date(2026, 11, 22), gate["kind"], name)
    ended = run.night(settings, batch_ids, lambda *_: None)[0]
    assert ended.held_back is None
    assert ended.outcomes["extracted"] >= 0.98 * ended.captures
    measure = {"pages": score.score_pages, "fields": score.score_fields, "quotes": score.score_quotes}[gate["what"]]
    found, _ = measure(score.rows(GOLD / gate["gold"]), settings.home)
    measured = {key: found[key].get("f1", found[key].get("share")) for key in gate["floors"]}
    assert {key: value for key, value in measured.items() if value < gate["floors"][key] - EPSILON} == {}
