"""Where the reports of a run are, and word of a run that failed; in the folder of plugins, where DAG files find it."""

from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseNotifier
from airflow.sdk.configuration import conf
from airflow.sdk.log import mask_secret

BASE_URL = (conf.get("api", "base_url", fallback="") or "http://localhost:8080").rstrip("/")
LONGEST = 3000
"""Characters of a notice; chat services refuse or cut what is longer than four thousand."""
SECONDS = 10


def report_url(batch_id: str) -> str:
    """Return where Airflow serves the report of a batch."""
    return f"{BASE_URL}/newsmill/reports/{quote(batch_id, safe='')}"


def run_url(dag_id: str, run_id: str) -> str:
    """Return the tab with the reports of a run."""
    return f"{BASE_URL}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}/plugin/newsmill-run"


class Webhook(BaseNotifier):
    """Posts what failed, why and where its reports are, as JSON `{"text": ...}`, which chat services take."""

    def __init__(self, url: str) -> None:
        """Take the address, which nobody may read in a log: who knows it can post there."""
        super().__init__()
        mask_secret(url)
        self.url = url

    def notify(self, context: Any) -> None:
        """Post it; an httpx error if that fails, which Airflow logs, and all else stays as it is."""
        import httpx  # 0.1 CPU seconds at every start of a task

        run = context["dag_run"]
        why = str(context.get("exception") or context.get("reason") or "no reason is known")[:LONGEST]
        text = f"{run.dag_id} failed: {run.run_id}\n{why}\n{run_url(run.dag_id, run.run_id)}"
        httpx.post(self.url, json={"text": text}, timeout=SECONDS).raise_for_status()


def notifiers() -> list[Any]:
    """Return who is told of failures: nobody, unless [newsmill] failure_webhook is set."""
    url = conf.get("newsmill", "failure_webhook", fallback="")
    return [Webhook(url)] if url else []
