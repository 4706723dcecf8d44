"""`python -m tests.fuzz TARGET [--seconds N]`: atheris tries bytes that reach more and more of the code.

Every breach is written to a file and told once a place; what reached new code is kept with --keep, to go on from.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SLOW = 2.0
"""Seconds of processor time that no input of a few kilobytes may take."""


class Fuzzing:
    """Calls a target until the time is up; remembers where it broke."""

    def __init__(self, target: Callable[[bytes], None], seconds: float, findings: Path) -> None:
        self.target, self.seconds, self.findings = target, seconds, findings
        self.tried, self.began, self.known = 0, time.process_time(), set[str]()

    def __call__(self, data: bytes) -> None:
        self.tried += 1
        start = time.process_time()
        try:
            self.target(data)
        except Exception as error:  # whatever it is, it is a finding
            frames = [
                frame for frame in traceback.extract_tb(error.__traceback__) if "/fuzz/__main__" not in frame.filename
            ]
            self.found(f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}", data, error)
        now = time.process_time()
        if now - start > SLOW and self.tried > 1:  # the first loads what all need
            self.found("slow", data, None)
        if now - self.began > self.seconds:
            print(
                f"{self.tried} inputs in {now - self.began:.0f} s of processor time, {len(self.known)} findings",
                flush=True,
            )
            os._exit(bool(self.known))

    def found(self, what: str, data: bytes, error: Exception | None) -> None:
        if what in self.known:
            return
        self.known.add(what)
        path = self.findings / hashlib.sha256(data).hexdigest()[:16]
        path.write_bytes(data)
        print(f"{what}: {path}", flush=True)
        if error is not None:
            traceback.print_exception(error)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=float, default=60, help="processor time; default 60")
    parser.add_argument("--keep", type=Path, help="a directory for inputs that reached new code")
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()), help="a directory for what broke")
    given = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["pipeline"]):
        from tests.fuzz.targets import TARGETS
    if given.target not in TARGETS:
        parser.error(f"targets are {', '.join(TARGETS)}")
    kept = given.keep or Path(tempfile.mkdtemp(prefix="fuzzed-"))
    for folder in (kept, given.findings):
        folder.mkdir(parents=True, exist_ok=True)
    options = [sys.argv[0], "-timeout=60", "-rss_limit_mb=4096", "-max_len=16384", "-verbosity=0", str(kept)]
    seeds = CORPUS / given.target
    atheris.Setup(
        [*options, str(seeds)] if seeds.is_dir() else options,
        Fuzzing(TARGETS[given.target], given.seconds, given.findings),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
