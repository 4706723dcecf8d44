"""What many tests share: two nights of the sample corpus, run once."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipeline import run
from pipeline.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds" / "sources.toml"
DAYS = (date(2026, 3, 1), date(2026, 3, 2))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home after both nights of the sample corpus; not to be changed."""
    settings = Settings(home=tmp_path_factory.mktemp("sample") / "home", sources=SEEDS, chunk_documents=8)
    for day in DAYS:
        run.night(settings, run.plan_night(settings, day), lambda step, done, total: None)
    return settings


@pytest.fixture
def sample_copy(sample: Settings, tmp_path: Path) -> Settings:
    """A copy of that home which a test may change."""
    shutil.copytree(sample.home, tmp_path / "home")
    return Settings(home=tmp_path / "home", sources=SEEDS, chunk_documents=8)
