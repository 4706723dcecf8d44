"""`make airflow` as a process of its own, on a free port of loopback."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[str]:
    """Give the address of a running Airflow with its files in `home`; afterwards none of its processes is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    own = {"AIRFLOW_HOME": str(home), "AIRFLOW__API__PORT": port, "AIRFLOW__API__BASE_URL": address} | environment
    serve = [sys.executable, "-W", "ignore", "-m", "dags", "serve"]
    with subprocess.Popen(serve, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert any("Ctrl-C stops" in line for line in process.stdout), (home / "logs" / "scheduler.log").read_text()
            yield address
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert processes_of(home) == []


def processes_of(home: Path) -> list[str]:
    needle = f"AIRFLOW_HOME={home}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [str(path)] if needle in path.read_bytes() else []
        except OSError:  # ended meanwhile, or another user's
            continue
    return found
