"""The notebook of the five stories, as `marimo run` serves it: all of it from this machine."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "stories.py"
STORIES = 5


@pytest.fixture(scope="session")
def notebook(sample: Settings) -> Iterator[str]:
    """The address of the notebook on the sample's home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", str(NOTEBOOK), "--headless", "--no-token", "--port", str(port)]
    environment = os.environ | {"NEWSMILL_HOME": str(sample.home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("URL:" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}/"
        process.send_signal(signal.SIGINT)
        process.stdout.read()  # whom nobody reads has a fault to tell at the end


def test_the_notebook_tells_and_draws_five_stories(
    page: "Page", notebook: str, screenshots: Path, request: pytest.FixtureRequest
) -> None:
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    page.goto(notebook)
    for number in range(STORIES):
        page.locator("table").nth(number).wait_for()
        page.locator("canvas, svg.marks").nth(number).wait_for()
    page.screenshot(path=screenshots / f"notebook-{request.node.callspec.id}.png", full_page=True)
    assert page.locator("h2").count() == STORIES
    assert [url for url in asked if not url.startswith((notebook, "data:", "blob:"))] == []
