"""Where reports are; in the folder of plugins, where DAG files find it."""

from urllib.parse import quote

from airflow.sdk.configuration import conf

BASE_URL = (conf.get("api", "base_url", fallback="") or "http://localhost:8080").rstrip("/")


def report_url(batch_id: str) -> str:
    """Return where Airflow serves the report of a batch."""
    return f"{BASE_URL}/newsmill/reports/{quote(batch_id, safe='')}"
