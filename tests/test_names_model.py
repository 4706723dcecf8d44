"""Names by a spaCy pipeline made here: `pip install 'newsmill[spacy]'` for the tests that need one."""

import json
from datetime import date
from pathlib import Path

import pytest

from pipeline import names_model, plan, run, store
from pipeline.errors import ConfigurationError, SourceError
from pipeline.model import Source
from pipeline.settings import Settings
from pipeline.text.mentions import find_mentions

TEXT = "Zyxo Quambel sprach in Kiel. Die Firma Brillwerk schweigt, Quambel auch. Später kam Brillwerk nach Unterblau."
ENTITIES = [("PER", "Zyxo Quambel"), ("PER", "Quambel"), ("ORG", "Brillwerk"), ("LOC", "Unterblau"), ("MISC", "Später")]
SOURCE = Source(id="ticker", kind="text", path="texts", language="de", names_model="model")
DAY = date(2026, 3, 1)


def make_model(folder: Path, language: str = "de") -> Path:
    spacy = pytest.importorskip("spacy", reason="an optional extra")
    nlp = spacy.blank(language)
    nlp.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": name} for label, name in ENTITIES])
    nlp.to_disk(folder)
    return folder


def names(model: str | None, root: Path, language: str = "de") -> list[tuple[str, str, str]]:
    found = names_model.finder(model, root)(TEXT, language, [])
    assert all(TEXT[name.char_start : name.char_end] == name.surface for name in found)
    return [(name.surface, name.name, name.label) for name in found]


def test_without_a_model_the_rules_find_the_names(tmp_path: Path) -> None:
    assert names_model.finder(None, tmp_path) is find_mentions
    assert names_model.pin(Source(id="a", kind="text", path="x"), tmp_path).names_model is None


def test_people_and_organisations_are_the_models_and_places_keep_their_coordinates(tmp_path: Path) -> None:
    make_model(tmp_path / "model")
    pinned = names_model.pin(SOURCE, tmp_path).names_model
    assert names(pinned, tmp_path) == [
        ("Zyxo Quambel", "Zyxo Quambel", "PER"),
        ("Kiel", "Kiel", "LOC"),
        ("Brillwerk", "Brillwerk", "ORG"),
        ("Quambel", "Zyxo Quambel", "PER"),
        ("Brillwerk", "Brillwerk", "ORG"),
        ("Unterblau", "Unterblau", "LOC"),
    ]
    (kiel,) = [name for name in names_model.finder(pinned, tmp_path)(TEXT, "de", []) if name.name == "Kiel"]
    assert kiel.country_code == "DE"


def test_a_model_of_another_language_is_not_asked(tmp_path: Path) -> None:
    make_model(tmp_path / "model", "en")
    pinned = names_model.pin(SOURCE, tmp_path).names_model
    assert names(pinned, tmp_path) == names(None, tmp_path)


def test_masked_spans_are_not_read(tmp_path: Path) -> None:
    make_model(tmp_path / "model")
    pinned = names_model.pin(SOURCE, tmp_path).names_model
    found = names_model.finder(pinned, tmp_path)(TEXT, "de", [(0, 12)])
    assert [name.surface for name in found][:2] == ["Kiel", "Brillwerk"]


def test_a_plan_pins_the_model_and_another_one_in_its_place_is_refused(tmp_path: Path) -> None:
    make_model(tmp_path / "model")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text(TEXT, "utf-8")
    settings = Settings(home=tmp_path / "home", workers=0)
    made = plan.make(settings, SOURCE, tmp_path, DAY)
    assert made
    assert made.source.names_model == names_model.pin(SOURCE, tmp_path).names_model
    assert plan.config_sha256(made.source) != plan.config_sha256(SOURCE)
    (ended,) = run.night(settings, [made.batch_id], lambda *_: None)
    assert ended.held_back is None
    (path,) = settings.lake.glob("mentions/*/*.parquet")
    assert "Zyxo Quambel" in store.read_table(path)["name"].to_pylist()

    meta = tmp_path / "model" / "meta.json"
    meta.write_text(json.dumps(json.loads(meta.read_text("utf-8")) | {"version": "9.9"}), "utf-8")
    names_model._load.cache_clear()
    with pytest.raises(SourceError, match="another model"):
        names_model.finder(made.source.names_model, tmp_path)


def test_what_is_no_model_is_refused_when_the_batch_is_planned(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"spa[cC]y"):
        names_model.pin(SOURCE, tmp_path)
