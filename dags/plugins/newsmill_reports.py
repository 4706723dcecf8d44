"""The reports in Airflow's UI: a tab of each DAG and of each run, for those who may read `ingest_nightly`.

A plugin's app has no login of its own, so every page asks Airflow's. No page may run scripts or load anything: what it
shows comes from the web.
"""

import html
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.plugins_manager import AirflowPlugin
from newsmill_notice import BASE_URL

if TYPE_CHECKING:
    from fastapi import FastAPI

    from pipeline.run import LedgerRow
    from pipeline.settings import Settings

PREFIX = "/newsmill"
OURS = "ingest_nightly"
BATCH = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}-\d{4}-\d{2}-\d{2}")
MOST_SHOWN = 400
"""Batches on the page of a DAG: ten nights of forty sources."""
BASE = urlsplit(BASE_URL).path
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 1rem; color: CanvasText; background: Canvas }}
table {{ border-collapse: collapse }} th, td {{ padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top }}
td:nth-child(2) {{ text-align: right; font-variant-numeric: tabular-nums }}
</style>
</head>
<body><main><h1>{title}</h1>{body}</main></body>
</html>
"""


def build() -> "FastAPI":
    """Return the app. Imported and built when it is first asked: every task loads this plugin, and none needs it."""
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.common.db.common import SessionDep
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from airflow.models.xcom import XComModel
    from fastapi import Depends, FastAPI, Request
    from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
    from starlette.exceptions import HTTPException

    from pipeline import homes, run
    from pipeline.settings import Settings

    reader = Depends(requires_access_dag("GET", param_dag_id=OURS))
    made = FastAPI(dependencies=[reader], openapi_url=None)

    @made.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        """Lead those who are not logged in to the login, and from there back."""
        if error.status_code == 401:
            return RedirectResponse(f"{BASE}/api/v2/auth/login?next={quote(str(request.url.path), safe='')}")
        return HTMLResponse(_page(str(error.detail), ""), error.status_code, HEADERS)

    @made.get("/reports/{name}")
    def report(name: str) -> FileResponse:
        """Return the report of a batch, or `corpus`, that of the whole lake; 404 if there is none."""
        reports = Settings.from_environment().reports
        path = reports / "corpus.html" if name == "corpus" else reports / name / "report.html"
        if not (name == "corpus" or BATCH.fullmatch(name)) or not homes.exists(path):
            raise HTTPException(404, "There is no such report")
        return FileResponse(homes.here(path), media_type="text/html; charset=utf-8", headers=HEADERS)

    @made.get("/dags/{dag_id}")
    def newest(dag_id: str) -> HTMLResponse:
        """Return the page with the latest batches, whatever DAG or command they are of."""
        settings = Settings.from_environment()
        batches = sorted(run.reported(settings), key=lambda batch: (batch[-10:], batch), reverse=True)[:MOST_SHOWN]
        lake = _link("corpus", "The whole lake") if homes.exists(settings.reports / "corpus.html") else ""
        shown = lake + _table(settings, run.report(settings, batches))
        return HTMLResponse(_page("Latest batches", shown), headers=HEADERS)

    @made.get("/dags/{dag_id}/runs/{run_id}", dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])
    def of_run(dag_id: str, run_id: str, session: SessionDep) -> HTMLResponse:
        """Return the page with the batches that a run planned."""
        found = session.scalar(
            XComModel.get_many(run_id=run_id, dag_ids=dag_id, task_ids="plan", key="return_value", limit=1)
        )
        planned = XComModel.deserialize_value(found) if found else None
        batches = [batch for batch in planned or () if BATCH.fullmatch(str(batch))]
        settings = Settings.from_environment()
        shown = _table(settings, run.report(settings, batches)) if batches else "Nothing was planned."
        return HTMLResponse(_page(f"Batches of {run_id}", shown), headers=HEADERS)

    return made


def _page(title: str, body: str) -> str:
    return PAGE.format(title=html.escape(title), body=body)


def _table(settings: "Settings", ledger: "Sequence[LedgerRow]") -> str:
    from pipeline import homes

    rows = "".join(_row(row, homes.exists(settings.reports / row.batch_id / "report.html")) for row in ledger)
    return f"<table><thead><tr><th>batch<th>captures<th>ended</thead><tbody>{rows}</tbody></table>"


def _row(row: "LedgerRow", linked: bool) -> str:
    batch = _link(row.batch_id, row.batch_id) if linked else html.escape(row.batch_id)
    ended = f"held back: {row.held_back}" if row.held_back else row.warning or "published"
    return f"<tr><td>{batch}<td>{row.captures:,}<td>{html.escape(ended)}"


def _link(name: str, text: str) -> str:
    return f'<a href="{BASE}{PREFIX}/reports/{quote(name)}">{html.escape(text)}</a>'


_built = cache(build)
Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer one request."""
    await _built()(scope, receive, send)


def _view(destination: str, href: str) -> dict[str, str]:
    route = (
        f"newsmill-{destination.removeprefix('dag_')}"  # /dags/ID/plugin/newsmill-dag, .../runs/ID/plugin/newsmill-run
    )
    return {"name": "Reports", "destination": destination, "href": f"{BASE}{PREFIX}{href}", "url_route": route}


class NewsmillReports(AirflowPlugin):
    """What Airflow looks for in its folder of plugins."""

    name = "newsmill_reports"
    fastapi_apps: list[Any] = [{"name": name, "app": app, "url_prefix": PREFIX}]  # noqa: RUF012  (no ClassVar there)
    external_views: list[Any] = [  # noqa: RUF012
        _view("dag", "/dags/{DAG_ID}"),
        _view("dag_run", "/dags/{DAG_ID}/runs/{RUN_ID}"),
    ]
