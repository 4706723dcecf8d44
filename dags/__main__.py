"""Airflow for one machine: `configure` writes its settings, `run` takes nights in process, `serve` starts the UI.

The Makefile sets AIRFLOW_HOME, the folder of all its files. Airflow is imported late, because importing it reads them.
"""

import argparse
import base64
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

COMPONENTS = ("api-server", "scheduler", "dag-processor")
START_SECONDS, STOP_SECONDS = 180, 15
SAMPLE = [date(2026, 3, 1), date(2026, 3, 2)]
"""The days that seeds/ has news of."""
SHOWN = {
    "articles": "SELECT DISTINCT published_on, date_published_precision AS exact_to, in_language, headline"
    " FROM articles_current WHERE headline IS NOT NULL ORDER BY ALL DESC NULLS LAST",
    "quotes": "SELECT DISTINCT speaker, kind, quotation FROM quotes_current"
    " WHERE speaker_kind = 'organization' ORDER BY ALL",
    "claims": "SELECT DISTINCT claimant, event, qualifier, value_low, value_high, object FROM claims_current"
    " WHERE event IS NOT NULL ORDER BY ALL NULLS LAST",
    "rejects": "SELECT DISTINCT source_id, reason, detail FROM rejects ORDER BY ALL",
}
ROWS_SHOWN = 5

SETTINGS = """\
# Written by `make airflow` or `make run`; delete it to have it written anew. Environment variables win over it.
[core]
dags_folder = {dags}
plugins_folder = {dags}/plugins
load_examples = False
dags_are_paused_at_creation = False
executor = LocalExecutor
# Each of these processes is forked at the start and takes some 30 MB.
parallelism = 3
fernet_key = {fernet_key}
simple_auth_manager_users = admin:admin
[database]
sql_alchemy_conn = sqlite:///{home}/airflow.db
[api]
host = 127.0.0.1
port = 8080
base_url = http://127.0.0.1:8080
workers = 1
secret_key = {secret_key}
[api_auth]
jwt_secret = {jwt_secret}
[scheduler]
# A worker that died is noticed after this many seconds instead of 300; it costs its task a retry.
task_instance_heartbeat_timeout = 120
[newsmill]
timezone = UTC
# Airflow ends a run of an earlier day at once, as a success that ran nothing.
start_date = 2026-03-01
# Run only the last night, not all since the start date or since Airflow last ran.
catchup = False
"""


def configure(path: Path) -> None:
    """Write an airflow.cfg with secrets of its own, readable by its owner only; FileExistsError if there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = SETTINGS.format(
        dags=_escaped(Path(__file__).resolve().parent),
        home=_escaped(path.resolve().parent),
        fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        secret_key=secrets.token_urlsafe(32),
        jwt_secret=secrets.token_urlsafe(64),  # Airflow warns of less than 64 bytes
    )
    _write_private(path, text)


def run_nights(days: Sequence[date]) -> int:
    """Run `ingest_nightly` in this process for some days, print the tables, and return the exit code."""
    from airflow.utils.db import initdb  # not public, but what `airflow standalone` calls; the command takes 5 s longer
    from rich.console import Console

    from dags.ingest import START, TIMEZONE, ingest_nightly

    if min(days) < START.date():
        print(f"{min(days)} is before start_date in airflow.cfg, {START.date()}; set it earlier", file=sys.stderr)
        return 2
    console = Console()
    with console.status("preparing Airflow's database"):
        initdb()
    nightly, failed = ingest_nightly(), False
    for day in days:
        end = datetime.combine(day + timedelta(days=1), clock(2), TIMEZONE)  # test() takes the last interval before it
        begun = time.monotonic()
        with console.status(f"ingest_nightly of {day}"):
            state = nightly.test(logical_date=end).state
        console.print(f"ingest_nightly of {day}: {state} in {time.monotonic() - begun:.1f} s")
        failed |= state != "success"
    show_tables()
    show_pages()
    return int(failed)


def show_tables() -> None:
    """Print the sizes of the tables and a few rows of some."""
    from pipeline import answers, console, lookup, query
    from pipeline.settings import Settings

    settings = Settings.from_environment()
    console.rows(["table", "rows", "months"], lookup.sizes(settings))
    with query.connect(settings.home) as connection:
        for name, statement in SHOWN.items():
            console.out.print(f"from {name}:")
            found = answers.ask(connection, statement)
            console.rows(answers.columns(found), answers.some(found, ROWS_SHOWN))


def show_pages() -> None:
    """Print where the last reports are, and how to go on."""
    from pipeline import homes, run
    from pipeline.settings import Settings

    settings = Settings.from_environment()
    pages = [settings.reports / batch / "report.html" for batch in run.last(settings)]
    print("Pages to look at; `make airflow` shows them in the tab Reports, at the addresses above:")
    for path in filter(homes.exists, [*pages, settings.reports / "corpus.html"]):
        print(f"    {path}")
    print("To ask something: `.venv/bin/newsmill sql`; README.md and docs/queries.md have first questions.")


def serve() -> int:
    """Run Airflow's UI, scheduler and DAG processor until Ctrl-C or until one of them ends; return the exit code."""
    from airflow.configuration import AIRFLOW_HOME, conf
    from airflow.utils.db import initdb

    home, port = Path(AIRFLOW_HOME), conf.getint("api", "port")
    if _in_use(port):
        print(f"port {port} is in use; choose another: make airflow PORT={port + 1}", file=sys.stderr)
        return 2
    logging.disable(logging.INFO)
    initdb()
    _password(home)  # before Airflow makes one that others can read
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs begin with SIGINT ignored
        signal.signal(number, _interrupt)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for name in COMPONENTS:
            children.append(_start(name, home))
        if _becomes_ready(port, children):
            print(f"http://127.0.0.1:{port}  user admin  password {_password(home)}", flush=True)
            print(f"logs are in {home}/logs; Ctrl-C stops", flush=True)
            while all(child.poll() is None for child in children):
                time.sleep(1)
        print(f"a part of Airflow ended or did not start; see {home}/logs", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(children)


def _start(name: str, home: Path) -> subprocess.Popen[bytes]:
    """Start one component in a session of its own: its workers and their tasks stay in it, whatever they do."""
    (home / "logs").mkdir(exist_ok=True)
    with (home / "logs" / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _becomes_ready(port: int, children: Sequence[subprocess.Popen[bytes]]) -> bool:
    """Wait until all components report health; return whether they did before one ended or time was up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(child.poll() is None for child in children):
        try:
            with urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=10) as answer:
                health = json.load(answer)
            if all(health[name]["status"] == "healthy" for name in ("metadatabase", "scheduler", "dag_processor")):
                return True
        except (URLError, TimeoutError, ConnectionError):
            pass
        time.sleep(0.5)
    return False


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """End all processes of the children's sessions, by force after a while; a running task outlives its scheduler."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in _members(children):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + STOP_SECONDS
        while _members(children) and time.monotonic() < deadline:
            time.sleep(0.2)


def _members(children: Sequence[subprocess.Popen[bytes]]) -> list[psutil.Process]:
    sessions = {child.pid for child in children}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if process.status() != psutil.STATUS_ZOMBIE and os.getsid(process.pid) in sessions:
                found.append(process)
    return found


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _password(home: Path) -> str:
    path = home / "simple_auth_manager_passwords.json.generated"
    if not path.exists():
        _write_private(path, json.dumps({"admin": secrets.token_urlsafe(12)}))
    return str(json.loads(path.read_text(encoding="utf-8"))["admin"])


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Do what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dags", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("configure", help="write airflow.cfg").add_argument("path", type=Path)
    run = commands.add_parser("run", help="run ingest_nightly in this process and print the tables")
    run.add_argument("days", nargs="*", type=date.fromisoformat, default=SAMPLE, metavar="YYYY-MM-DD")
    commands.add_parser("serve", help="start the UI on loopback")
    arguments = parser.parse_args()
    if arguments.command == "configure":
        configure(arguments.path)
        return 0
    return serve() if arguments.command == "serve" else run_nights(arguments.days)


if __name__ == "__main__":
    sys.exit(main())
