"""The small home of `homes.py`, run once."""

import shutil
from pathlib import Path

import pytest

from pipeline import run
from pipeline.settings import Settings
from tests.takedown import homes


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home after both nights; not to be changed."""
    root = tmp_path_factory.mktemp("small")
    homes.write_sources(root)
    settings = homes.settings_of(root)
    homes.nights(settings)
    return settings


@pytest.fixture
def home(small: Settings, tmp_path: Path) -> Settings:
    """A copy of that home which a test may change; its sources are where they were."""
    shutil.copytree(small.home, tmp_path / "home")
    return Settings(home=tmp_path / "home", sources=small.sources, workers=0)


@pytest.fixture(scope="session")
def first(small: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home after the first night, with the second planned; not to be changed."""
    settings = homes.fresh(small, tmp_path_factory.mktemp("first") / "home")
    homes.nights(settings, homes.DAYS[:1])
    run.plan_night(settings, homes.DAYS[1])
    return settings
