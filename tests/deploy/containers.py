"""The services of docker-compose.yml without Docker: the same commands, users, mounts and environments in namespaces.

The image is this machine's root with the virtual environment, the DAGs and the ENV of the Dockerfile on it; PostgreSQL
and Redis are Debian's. All share one network that only has a loopback, so ports are those of the file. Needs root.
"""

import ctypes
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ("docker-compose", "redis-server", "unshare", "nsenter", "setpriv", "ip")
NEW_NETWORK = 0x40000000  # CLONE_NEWNET of unshare(2)
STARTS_WITHIN = 180
POSTGRES = """
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password $POSTGRES_INITDB_ARGS >/dev/null
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec postgres -D "$PGDATA"
"""
"""What the entry point of the PostgreSQL image does."""


class Container(NamedTuple):
    """A running service; `process` is the parent of the first process of its namespaces."""

    name: str
    service: dict[str, Any]
    process: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def pid(self) -> int:
        """The first process of the namespaces, with which all others end; 0 before and after."""
        children = psutil.Process(self.process.pid).children() if self.alive else []
        return children[0].pid if children else 0


class Deployment:
    """What `docker compose --profile celery up` starts, below one directory; `tend` is Docker's restart policy."""

    def __init__(self, place: Path, env_file: Path, profiles: Sequence[str] = ()) -> None:
        self.place = place
        self.services = _resolved(env_file, profiles)
        self.containers: dict[str, Container] = {}

    def up(self) -> None:
        """Start all services in the order of their dependencies, each when what it waits for is there."""
        needs = {name: service.get("depends_on", {}) for name, service in self.services.items()}
        for name in TopologicalSorter(needs).static_order():
            for other, wanted in needs[name].items():
                self._wait_for(other, wanted["condition"])
            replicas = self.services[name].get("deploy", {}).get("replicas")
            for label in [f"{name}-{number + 1}" for number in range(replicas)] if replicas else [name]:
                self.containers[label] = self._start(label, self.services[name])

    def tend(self) -> list[str]:
        """Start again what ended and is to run for ever; return the names."""
        ended = [c for c in self.containers.values() if not c.alive and c.service["restart"] == "unless-stopped"]
        for container in ended:
            self.containers[container.name] = self._start(container.name, container.service)
        return [container.name for container in ended]

    def kill(self, name: str) -> None:
        """Kill all processes of a container at once, as `docker kill` does."""
        container = self.containers[name]
        while container.alive:  # --kill-child of unshare does not reach a child that changed its user
            with suppress(ProcessLookupError):
                os.kill(container.pid or container.process.pid, signal.SIGKILL)
            time.sleep(0.1)

    def stop(self, name: str) -> None:
        """Let a container end in good order, as `docker stop` does."""
        container = self.containers[name]
        os.kill(container.pid, signal.Signals[container.service.get("stop_signal", "SIGTERM")])
        container.process.wait(STARTS_WITHIN)

    def works(self, name: str) -> bool:
        """Return whether a container is in the middle of a chunk: a process for documents is forked."""
        for process in self._processes(name):
            with suppress(psutil.NoSuchProcess):  # ended meanwhile
                if "nursing" in " ".join(process.cmdline()) and process.children():
                    return True
        return False

    def healthy(self, name: str) -> bool:
        """Return whether the health check of a container succeeds, run in it."""
        if not self.containers[name].pid:
            return False
        test = self.containers[name].service["healthcheck"]["test"]
        command = test[1:] if test[0] == "CMD" else ["sh", "-c", test[1]]
        return self.execute(name, command).returncode == 0

    def execute(self, name: str, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command in a running container as its user, as `docker compose exec` does."""
        container = self.containers[name]
        kinds = ("--mount", "--uts", "--ipc", "--pid", "--root", "--wd=/")
        inside = ["nsenter", f"--target={container.pid}", *kinds, *_as_user(container.service, command)]
        return subprocess.run(inside, capture_output=True, text=True, check=False)

    def log(self, name: str) -> str:
        """Return what a container printed, over all its starts."""
        return (self.place / f"{name}.log").read_text(errors="replace")

    def down(self) -> None:
        """Kill everything."""
        for name in self.containers:
            self.kill(name)

    def memory(self, name: str) -> int:
        """Return the bytes that a container takes, shared pages divided among the processes that share them."""
        total = 0
        for process in self._processes(name):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total

    def cpu(self, name: str) -> float:
        """Return the processor seconds that a container has taken since it started."""
        return sum(sum(process.cpu_times()[:4]) for process in self._processes(name))

    def _processes(self, name: str) -> list[psutil.Process]:
        return list(psutil.Process(self.containers[name].process.pid).children(recursive=True))

    def _start(self, name: str, service: dict[str, Any]) -> Container:
        box = self.place / "boxes" / name
        box.mkdir(parents=True, exist_ok=True)
        unshare = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork")
        with (self.place / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*unshare, "sh", "-euc", self._script(name, service, box)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Container(name, service, process)

    def _script(self, name: str, service: dict[str, Any], box: Path) -> str:
        root = f"{box}/root"
        lines = [
            f"mount -t tmpfs tmpfs {box}; mkdir {box}/upper {box}/scratch {root}",
            f"mount -t overlay overlay -o lowerdir=/,upperdir={box}/upper,workdir={box}/scratch {root}",
            f"cd {root}; mount -t proc proc proc; mount --rbind /dev dev; hostname {name}",
            f"echo 127.0.0.1 localhost {' '.join(self.services)} >etc/hosts",
            *_image(),
            *(f"mkdir -p .{at}; mount -t tmpfs -o mode=1777 tmpfs .{at}" for at in service.get("tmpfs", [])),
            *(line for volume in service.get("volumes", []) for line in self._mount(volume, service)),
            "mount -o remount,ro,bind ." if service["read_only"] else ":",
            f"exec chroot . {shlex.join(_as_user(service, _command(service)))}",
        ]
        return "\n".join(lines)

    def _mount(self, volume: str, service: dict[str, Any]) -> Iterator[str]:
        source, target, mode = volume.split(":")
        if "/" not in source:  # a named one: it takes over owner and mode of what it covers in the image
            path = self.place / "volumes" / source
            if not path.exists():
                path.mkdir(parents=True)
                path.chmod(0o2775)
                if not target.startswith("/srv/"):
                    shutil.chown(path, service["user"])
                    path.chmod(0o700)
            source = str(path)
        yield f"mkdir -p .{target}; mount --bind {source} .{target}"
        if mode == "ro":
            yield f"mount -o remount,ro,bind .{target}"

    def _wait_for(self, name: str, condition: str) -> None:
        container, deadline = self.containers[name], time.monotonic() + STARTS_WITHIN
        if condition == "service_completed_successfully":
            assert container.process.wait(STARTS_WITHIN) == 0, self.log(name)
            return
        while not self.healthy(name):
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(1)


@contextmanager
def loopback() -> Iterator[None]:
    """A network of its own for this thread and what it starts, in which nothing but 127.0.0.1 is reached."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as outside:
        assert libc.unshare(NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            assert libc.setns(outside.fileno(), NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())


def lacking() -> list[str]:
    """Return what this machine has not got of what the containers need."""
    tools = [name for name in TOOLS if not shutil.which(name)]
    return tools + ([] if _postgres() else ["postgresql"]) + ([] if os.geteuid() == 0 else ["root"])


def _resolved(env_file: Path, profiles: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the services of some profiles with all variables put in, as docker-compose understands them."""
    chosen = [option for profile in profiles for option in ("--profile", profile)]
    command = ["docker-compose", "--env-file", str(env_file), *chosen, "config"]
    own = {"PATH": os.environ["PATH"]}  # a variable of the caller would win over the file's
    text = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=True).stdout
    services: dict[str, dict[str, Any]] = yaml.safe_load(text.replace("$$", "$"))["services"]
    return {name: service for name, service in services.items() if {*service.get("profiles", [])} <= {*profiles}}


def _image() -> Iterator[str]:
    """Yield the commands that put on this machine's root what the Dockerfile copies."""
    for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)):
        yield f"chmod a+x {' '.join(f'.{parent}' for parent in (*path.parents, path))}"
    yield f"mkdir -p opt/newsmill; ln -s {Path(sys.prefix)}/bin opt/newsmill/bin"
    yield f"cp -r {ROOT}/dags opt/newsmill/dags"


def _environment(service: dict[str, Any]) -> dict[str, str]:
    final = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    given = dict(pair.split("=", 1) for line in re.findall(r"^ENV (.*)", final, re.M) for pair in line.split())
    given["PATH"] = f"{given['PATH'].replace('$PATH', os.defpath)}:/usr/local/bin:{_postgres()}"
    given |= {"PGDATA": "/var/lib/postgresql/data"} if service["image"].startswith("postgres:") else {}
    return given | {name: str(value) for name, value in service["environment"].items() if value is not None}


def _as_user(service: dict[str, Any], command: list[str]) -> list[str]:
    user, _, group = service["user"].partition(":")
    uid, gid = (user, group) if user.isdigit() else map(str, pwd.getpwnam(user)[2:4])
    drop = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    return [*drop, "env", "-i", *(f"{name}={value}" for name, value in _environment(service).items()), *command]


def _command(service: dict[str, Any]) -> list[str]:
    if service["image"].startswith("postgres:"):
        return ["sh", "-euc", POSTGRES]
    reaped = ["sh", "-c", '"$@" & wait $!', "init"] if service.get("init") else []
    return [*reaped, *service.get("entrypoint", []), *service["command"]]


def _postgres() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return str(found[-1]) if found else ""
