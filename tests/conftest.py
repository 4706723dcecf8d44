"""What many tests share: two nights of the sample corpus, run once."""

import shutil
from datetime import date
from pathlib import Path

import hypothesis
import pytest

from pipeline import run
from pipeline.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds" / "sources.toml"
# The same examples in every run, and no stopwatch: a change fails for what it does, not for the luck or load of a run.
hypothesis.settings.register_profile("newsmill", derandomize=True, deadline=None)
hypothesis.settings.load_profile("newsmill")
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
