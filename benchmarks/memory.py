"""Peak memory of loading a JSONL corpus of 5 kB articles, for some sizes: `python benchmarks/memory.py 1000 5000`."""

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

TEXT = "Die Brücke wurde am Montag gesperrt, sagte Bürgermeisterin Ute Kranz. " * 70


def peak_mib() -> int:
    """Return the peak of this process's resident memory in MiB; getrusage counts what its parent had, too."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024


def load(home: Path, corpus: Path) -> int:
    """Load a corpus in this process and return the peak of its resident memory in MiB."""
    from pipeline import run
    from pipeline.settings import Settings

    settings = Settings(home=home, chunk_documents=64, check_bytes=16 * 2**20)
    run.night(settings, run.plan_corpus(settings, corpus, date(2026, 3, 1), "jsonl", "big"), lambda *_: None)
    return peak_mib()


if __name__ == "__main__":
    if Path(sys.argv[1]).exists():
        print(load(Path(sys.argv[2]), Path(sys.argv[1])))
        sys.exit()
    for count in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "corpus.jsonl")
            path.write_text(
                "".join(json.dumps({"id": number, "text": TEXT}) + "\n" for number in range(count)), "utf-8"
            )
            command = [sys.executable, __file__, str(path), str(Path(directory, "home"))]
            print(
                count,
                "articles:",
                subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip(),
                "MiB",
            )
