"""The two DAGs: every night over all sources, by hand over any corpus. They know time and order, pipeline.run the rest.

Data passes by files, XCom carries ids and counts. pipeline is imported inside tasks: every task start parses this file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from airflow.sdk import (
    Asset,
    CronDataIntervalTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    TriggerRule,
    dag,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from newsmill_notice import notifiers, report_url

if TYPE_CHECKING:
    from pipeline.settings import Settings

TIMEZONE = ZoneInfo(conf.get("newsmill", "timezone", fallback="UTC"))
START = datetime.fromisoformat(conf.get("newsmill", "start_date", fallback="2026-03-01")).replace(tzinfo=TIMEZONE)
MOST_GROUPS = conf.getint("newsmill", "most_groups", fallback=1000)
"""Of mapped tasks in one run: Airflow refuses to map over a list of more than 1,024 (core.max_map_length)."""
BUCKETS = [0, 1, 2, 3]
"""The parts of the buckets by which likely copies are found: pipeline.comparison.PARTS."""
FETCH_POOL = conf.get("newsmill", "fetch_pool", fallback="default_pool")
FETCH_QUEUE = conf.get("newsmill", "fetch_queue", fallback=conf.get("operators", "default_queue"))
LAKE = Asset(name="newsmill_lake", uri="newsmill://lake")
HOPELESS = ("ConfigurationError", "SourceError", "ContractError", "HeldBackError", "IntegrityError")
TASK_DEFAULTS = {
    "retries": 2,  # the loss of a worker costs one
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": ExceptionRetryPolicy(
        rules=[RetryRule(exception=[f"pipeline.errors.{name}" for name in HOPELESS], action=RetryAction.FAIL)]
    ),
    "execution_timeout": timedelta(hours=1),
}


def batch_date(dag_run: Any) -> date:
    """Return the date of a run: of the start of its data interval, else of its logical date, else of its creation.

    Only scheduled and backfilled runs are sure to have the first two: REST and UI may leave the logical date empty.
    """
    instant: datetime = dag_run.data_interval_start or dag_run.logical_date or dag_run.run_after
    return instant.astimezone(TIMEZONE).date()


def settings() -> Settings:
    """Return the settings of the worker's environment; ConfigurationError if one is wrong."""
    from pipeline.settings import Settings

    return Settings.from_environment()


@task
def divide(batch_ids: list[str]) -> list[list[str]]:
    """Return the batches' chunks in at most MOST_GROUPS groups."""
    from pipeline import run

    return run.chunk_groups(settings(), batch_ids, MOST_GROUPS)


@task(map_index_template="{{ label }}", execution_timeout=timedelta(hours=8), pool=FETCH_POOL, queue=FETCH_QUEUE)
def capture(chunks: list[str]) -> dict[str, int]:
    """Archive the raw bytes of some chunks, fetched with the pauses that their hosts ask for; return counts."""
    from pipeline import run

    return each_chunk(run.capture_chunk, chunks)


@task(map_index_template="{{ label }}")
def extract(chunks: list[str]) -> dict[str, int]:
    """Turn the captures of some chunks into articles; return counts."""
    from pipeline import run

    return each_chunk(run.extract_chunk, chunks)


@task(map_index_template="{{ label }}")
def mine(chunks: list[str]) -> dict[str, int]:
    """Find quotes, claims and mentions in the articles of some chunks; return counts."""
    from pipeline import run

    return each_chunk(run.mine_chunk, chunks)


def each_chunk(step: Callable[[Settings, str], dict[str, int]], chunks: list[str]) -> dict[str, int]:
    """Run one step over chunks and return its counts summed; the UI shows the first chunk as the task's name."""
    from pipeline import run

    cast("dict[str, Any]", get_current_context())["label"] = chunks[0]
    return run.each_chunk(settings(), step, chunks)


@task(trigger_rule=TriggerRule.ALL_DONE)
def check(batch_ids: list[str] | None) -> list[str]:
    """Check the batches whose chunks are all mined, hold back the others, and return the months to publish."""
    if batch_ids is None:
        raise AirflowSkipException("nothing was planned")
    from pipeline import run

    checked = run.check(settings(), batch_ids)
    get_current_context()["ti"].xcom_push("passed", checked.passed)
    return checked.months


@task
def publish(batch_ids: list[str], month: str) -> None:
    """Replace one month of every table."""
    from pipeline import run

    run.publish_month(settings(), batch_ids, month)


@task(outlets=[LAKE])
def commit(batch_ids: list[str]) -> None:
    """Record what was published; the asset's event has the touched months as partitions, and warnings as extra."""
    from pipeline import run

    event = get_current_context()["outlet_events"][LAKE]
    event.add_partitions(run.commit(settings(), batch_ids))
    event.extra |= {row.batch_id: row.warning for row in run.report(settings(), batch_ids) if row.warning}


@task
def outdated() -> list[str]:
    """Return the months whose articles must be looked at to compute the duplicates anew."""
    from pipeline import duplicates

    here = settings()
    return sorted({one for month in duplicates.outdated(here) for one in duplicates.window(here, month)})


@task(map_index_template="{{ label }}", execution_timeout=timedelta(hours=8))
def sketch(month: str) -> None:
    """Make the signatures of a month's articles."""
    from pipeline import duplicates

    cast("dict[str, Any]", get_current_context())["label"] = month
    duplicates.prepare_sketch(settings(), month)


@task(execution_timeout=timedelta(hours=8))
def match(part: int) -> None:
    """Find likely copies by one part of the buckets that signatures are in."""
    from pipeline import duplicates

    duplicates.prepare_pairs(settings(), part)


@task(execution_timeout=timedelta(hours=8))
def duplicates() -> list[str]:
    """Compare the texts of likely copies and store the table `duplicates`; return the months that changed."""
    from pipeline import duplicates as derived

    return derived.refresh(settings())


@task(trigger_rule=TriggerRule.ALL_DONE)
def report(batch_ids: list[str] | None) -> dict[str, str]:
    """Log how each batch ended and where its page is, write the pages, and return why some were held back."""
    if batch_ids is None:
        raise AirflowSkipException("nothing was planned")
    from pipeline import report as reports
    from pipeline import run

    ledger = run.report(settings(), batch_ids)
    for row in ledger:
        outcomes = ", ".join(f"{number} {name}" for name, number in sorted(row.outcomes.items()))
        print(f"{row.batch_id}: {row.captures} captures ({outcomes}), {row.held_back or 'published'}")
        print(f"    {report_url(row.batch_id)}")
        if row.warning:
            logging.getLogger(__name__).warning("%s is published, but: %s", row.batch_id, row.warning)
    reports.write_all(settings(), batch_ids)
    return {row.batch_id: row.held_back[:1000] for row in ledger if row.held_back}


@task(trigger_rule=TriggerRule.ALL_DONE, on_failure_callback=notifiers())
def watcher() -> None:
    """Fail the run if a task failed or a batch was held back: the only leaf decides the state of a run."""
    ti = get_current_context()["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    failed = sorted(name for name, state in states.items() if state == "failed")
    held = ti.xcom_pull(task_ids="report", default=None) or {}
    if failed or held:
        lines = [f"task {name} failed" for name in failed]
        lines += [f"batch {name} was held back: {reason}" for name, reason in held.items()]
        lines += ["The others are published. Mend it; clear the failed tasks, or `divide` if none, with downstream."]
        raise AirflowFailException("\n".join(lines))


@task_group
def work(chunks: list[str]) -> None:
    """Take some chunks from raw bytes to mined rows."""
    capture(chunks) >> extract(chunks) >> mine(chunks)


def process(batch_ids: Any) -> None:
    """Take planned batches through all stages into the lake. What cannot be finished is held back, the rest published.

    `check` finds out by the files of each plan's chunks what is finished. After a shrunken plan, XComs of removed tasks
    stay, so no list of XComs is reduced. An empty list to map over skips `work` or `publish`, and after it `commit`.
    """
    worked = work.expand(chunks=divide(batch_ids))
    months: Any = check(batch_ids)
    published = publish.partial(batch_ids=months["passed"]).expand(month=months)
    changed: Any = outdated()
    worked >> months
    published >> commit(months["passed"]) >> changed
    sketch.expand(month=changed) >> match.expand(part=BUCKETS) >> duplicates() >> report(batch_ids) >> watcher()


@dag(
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone=TIMEZONE.key),
    start_date=START,
    catchup=conf.getboolean("newsmill", "catchup", fallback=True),
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    tags=["newsmill"],
    doc_md="Loads all sources of `NEWSMILL_SOURCES`, at two in the night, for the day on which the interval began.",
)
def ingest_nightly() -> None:
    """Process every source for one date."""

    @task
    def plan() -> list[str]:
        """Plan one batch a source and return their ids; feeds are asked for the last interval only."""
        from pipeline import run

        day = batch_date(get_current_context()["dag_run"])
        late = day < datetime.now(TIMEZONE).date() - timedelta(days=1)
        return run.plan_night(settings(), day, late=late)

    process(plan())


@dag(
    schedule=None,
    max_active_runs=1,  # two runs of one batch at once disturb each other's work files
    default_args=TASK_DEFAULTS,
    tags=["newsmill"],
    doc_md="Loads any corpus as one batch. The same path, source and date again are the same batch.",
    params={
        "path": Param(type="string", minLength=1, title="Path", description="File or directory, as the workers see it"),
        "kind": Param(
            None,
            type=["null", "string"],
            enum=[None, "text", "jsonl", "html", "warc", "warc_list"],
            title="Kind",
            description="What the files hold; by default what their names end in says it",
        ),
        "source": Param(
            None,
            type=["null", "string"],
            pattern="^[a-z0-9][a-z0-9_-]{0,63}$",
            title="Source",
            description="The id that its rows carry; by default made from the path",
        ),
        "date": Param(
            None, type=["null", "string"], format="date", title="Date", description="By default that of the run"
        ),
    },
)
def ingest_corpus() -> None:
    """Process one corpus as one batch."""

    @task
    def plan() -> list[str]:
        """Plan the batch and return its id in a list."""
        from pipeline import run

        context = get_current_context()
        given = context["params"]
        day = date.fromisoformat(given["date"]) if given["date"] else batch_date(context["dag_run"])
        return run.plan_corpus(settings(), Path(given["path"]), day, given["kind"], given["source"])

    process(plan())


ingest_nightly()
ingest_corpus()
