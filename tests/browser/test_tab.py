"""The tab of reports in Airflow's own pages, from the login to a verdict."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import report
from pipeline.settings import Settings
from tests.browser import seen
from tests.dags.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
BATCH = "crawl-2026-03-01"
LIST = "/newsmill/dags/ingest_nightly"


@pytest.fixture(scope="session")
def airflow(sample: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of Airflow's server on the sample's home, and the password of its user."""
    from dags.__main__ import configure

    home = tmp_path_factory.mktemp("airflow")
    configure(home / "airflow.cfg")
    report.write(sample, BATCH)
    data = {"NEWSMILL_HOME": str(sample.home), "NEWSMILL_SOURCES": str(sample.sources)}
    with serving(home, AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="True", **data) as address:
        passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text())
        yield address, passwords["admin"]


def test_who_is_not_logged_in_sees_the_login_and_then_the_batches(
    airflow: tuple[str, str], page: "Page", screenshots: Path, request: pytest.FixtureRequest
) -> None:
    address, _ = airflow
    page.goto(address + LIST)
    assert page.url.startswith(f"{address}/auth/login")
    assert BATCH not in page.content()
    login(page, airflow)
    page.wait_for_url(address + LIST)
    read_verdict(page.main_frame)
    page.screenshot(path=screenshots / f"alone-{request.node.callspec.id}.png")


def test_the_tab_of_the_dag_leads_to_a_verdict(
    airflow: tuple[str, str], page: "Page", screenshots: Path, request: pytest.FixtureRequest
) -> None:
    page.goto(f"{airflow[0]}/dags/ingest_nightly")
    login(page, airflow)
    page.get_by_role("link", name="Reports").click()
    frame = page.wait_for_selector("iframe").content_frame()
    frame.wait_for_selector("table")
    page.screenshot(path=screenshots / f"tab-{request.node.callspec.id}.png")
    read_verdict(frame)
    page.screenshot(path=screenshots / f"tab-report-{request.node.callspec.id}.png")


def login(page: "Page", airflow: tuple[str, str]) -> None:
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", airflow[1])
    page.keyboard.press("Enter")


def read_verdict(listed: "Frame") -> None:
    """Follow the link of a batch. Neither the list nor the report may be beyond the edge, or fail those who do not see."""
    assert (seen.overhang(listed), seen.faults(listed)) == (0, [])
    listed.get_by_role("link", name=BATCH).click()
    verdict = listed.locator(".verdict")
    assert "Published. 8 of 15 captures show an article" in verdict.inner_text()
    assert (seen.overhang(listed), seen.faults(listed)) == (0, [])
