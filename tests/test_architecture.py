"""The import rules of docs/architecture.md, and the proof that breaking one is noticed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import sketches

ROOT = Path(__file__).parent.parent
ONLY_IN = {
    "airflow": ("dags/", "tests/dags/"),
    "great_expectations": ("pipeline/checks.py",),
    "trafilatura": ("pipeline/page.py",),
    "spacy": ("pipeline/names_model.py", "tests/test_names_model.py"),
    "os.environ": ("pipeline/settings.py", "tests/"),
    "protego": ("pipeline/web/robots.py",),
    "h11": ("pipeline/web/", "tests/web/"),
    "ssl": ("pipeline/web/", "tests/"),
}
NEVER_IN = {"pandas": ("pipeline/text/", "pipeline/readers/"), "pyarrow": ("pipeline/text/", "pipeline/readers/")}
LAYERS = (
    ("errors", "model", "progress"),
    ("objects", "object_locks"),
    ("settings", "version", "text", "measures", "trends", "homes"),
    (
        "store",
        "lines",
        "mirrors",
        "identity",
        "casts",
        "source_keys",
        "sources",
        "warc",
        "warc_lists",
        "html",
        "nursery",
        "nursing",
        "workers",
    ),
    ("contracts", "readers", "archive", "blanking", "index", "tombstones", "verdicts", "vacated", "web"),
    ("dictionary", "names_model", "page", "plain", "checks", "query", "fetching", "past"),
    (
        "rows",
        "stages",
        "loading",
        "listings",
        "preparation",
        "lake",
        "commits",
        "leases",
        "ledger",
        "refusal",
        "alarms",
        "signatures",
    ),
    ("articles_file", "targets"),
    ("sketches", "sketching"),
    ("candidates",),
    ("copies",),
    ("clusters", "comparison"),
    ("duplicates",),
    ("plan",),
    ("place",),
    ("earlier", "markers"),
    ("timings",),
    ("capturing", "trial"),
    ("chunks",),
    ("damage",),
    ("answers", "audit", "difference", "export", "lookup", "prompt", "search"),
    ("run",),
    ("takedown",),
    ("rebuild", "replay", "verify"),
    ("console", "maintenance", "report"),
    ("cli",),
)
"""A module may import those of its own line and of the lines above."""
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def uses(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted names of everything that a module imports, and os.environ where it is used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif (isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ") or (
            isinstance(node, ast.Call) and ast.unparse(node.func) == "os.getenv"
        ):
            yield "os.environ"


def faults(path: str, source: str) -> list[str]:
    """Return which rules a module breaks."""
    tree = ast.parse(source)
    names = list(uses(tree))
    found = [f"{path} uses {name}" for name in names for banned, places in ONLY_IN.items()
             if _within(name, banned) and not path.startswith(places)]  # fmt: skip
    found += [f"{path} uses {name}" for name in names for banned, places in NEVER_IN.items()
              if _within(name, banned) and path.startswith(places)]  # fmt: skip
    found += [f"{path} imports {name} at its top" for name in uses(ast.Module(_top(tree), []))
              if _within(name, "great_expectations") or (path.startswith("dags/") and _within(name, "pipeline"))]  # fmt: skip
    return found + [f"{path} imports {name}, which is above it" for name in names if _is_upward(path, name)]


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _top(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def _is_upward(path: str, name: str) -> bool:
    if not path.startswith("pipeline/") or not name.startswith("pipeline."):
        return False
    own, other = path.split("/")[1].removesuffix(".py"), name.split(".")[1]
    if own == "text" and other not in ("text", "model"):
        return True
    return other in RANK and own in RANK and RANK[other] > RANK[own]


def modules() -> list[Path]:
    return sorted(path for folder in ("pipeline", "dags", "schemas", "tests") for path in (ROOT / folder).rglob("*.py"))


def test_no_module_breaks_an_import_rule() -> None:
    assert [fault for path in modules() for fault in faults(str(path.relative_to(ROOT)), path.read_text("utf-8"))] == []


def test_every_module_has_its_layer() -> None:
    found = {
        path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py") for path in (ROOT / "pipeline").rglob("*.py")
    }
    assert found - {"__init__"} == set(RANK)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pipeline/run.py", "from airflow.sdk import task"),
        ("pipeline/run.py", "def f():\n    import airflow"),
        ("pipeline/stages.py", "import great_expectations as gx"),
        ("pipeline/checks.py", "import great_expectations as gx"),
        ("pipeline/stages.py", "from trafilatura import extract"),
        ("pipeline/text/mentions.py", "import spacy"),
        ("pipeline/text/quotes.py", "import pandas as pd"),
        ("pipeline/text/quotes.py", "from pipeline import store"),
        ("pipeline/readers/text.py", "from pandas import DataFrame"),
        ("pipeline/plan.py", "import ssl"),
        ("pipeline/lake.py", "import os\nhome = os.environ['HOME']"),
        ("pipeline/store.py", "from pipeline.run import night"),
        ("dags/ingest.py", "from pipeline import run"),
    ],
)
def test_a_broken_rule_is_noticed(path: str, source: str) -> None:
    assert faults(path, source)


def test_what_is_allowed_is_not_noticed() -> None:
    assert faults("pipeline/checks.py", "def f():\n    import great_expectations") == []
    assert faults("pipeline/page.py", "import trafilatura") == []
    assert faults("dags/ingest.py", "from airflow.sdk import dag\ndef f():\n    from pipeline import run") == []


def reached(name: str, found: set[str]) -> set[str]:
    """Add to `found` the files, below pipeline/ and without .py, of a module and of all of ours that it imports."""
    path = ROOT / "pipeline" / f"{name}.py"
    if name not in found and path.exists():
        found.add(name)
        for other in uses(ast.parse(path.read_text("utf-8"))):
            parts = other.split(".")[1:] if other.startswith("pipeline.") else []
            for count in range(1, len(parts) + 1):
                reached("/".join(parts[:count]), found)
    return found


def test_all_that_decides_what_a_duplicate_is_counts_as_its_method() -> None:
    """What only stores, names and tells is not among it: another way to write a file makes no other duplicates."""
    only_stores = {"casts", "contracts", "errors", "identity", "lake", "model", "preparation", "settings", "store"}
    only_stores |= {"homes", "lines", "mirrors", "object_locks", "objects", "progress", "tombstones", "version"}
    assert reached("duplicates", set()) - only_stores == set(sketches.SOURCES)
