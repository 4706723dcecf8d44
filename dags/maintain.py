"""The DAG that keeps the home small: once a week, beside whatever else runs. It knows when, pipeline.maintenance what.

pipeline is imported inside the task: every task start parses this file.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task
from airflow.sdk.configuration import conf
from newsmill_notice import notifiers

TIMEZONE = ZoneInfo(conf.get("newsmill", "timezone", fallback="UTC"))
START = datetime.fromisoformat(conf.get("newsmill", "start_date", fallback="2026-03-01")).replace(tzinfo=TIMEZONE)


@task(on_failure_callback=notifiers())
def clean() -> dict[str, int]:
    """Remove what may go and return the bytes by kind."""
    from datetime import UTC

    from pipeline import maintenance
    from pipeline.settings import Settings

    days = int(get_current_context()["params"]["days"])
    freed = list(maintenance.maintain(Settings.from_environment(), datetime.now(UTC), days))
    for what, number, files, size in maintenance.totals(freed):
        print(f"{what}: {number} removed, {files} files, {size} bytes")
    return {what: size for what, _, _, size in maintenance.totals(freed)}


@dag(
    schedule=CronDataIntervalTimetable("0 12 * * 0", timezone=TIMEZONE.key),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=4)},
    tags=["newsmill"],
    doc_md="Removes work files of published batches, what killed runs left, old reports and lock files. On Sundays.",
    params={
        "days": Param(14, type="integer", minimum=1, title="Days", description="Keep what was used in so many days")
    },
)
def maintain() -> None:
    """Remove what may go."""
    clean()


maintain()
