import ast
from pathlib import Path

from pipeline import version

PACKAGE = Path(version.__file__).parent


def imported(path: Path) -> set[str]:
    """Return the modules of ours that a module imports at its top or inside functions, as paths below pipeline/."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline"):
            module = (node.module or "").split(".")[1:]
            names |= {"/".join(module)} if module else set()
            names |= {"/".join([*module, alias.name]) for alias in node.names}
    return {name for name in names if (PACKAGE / f"{name}.py").exists()}


def test_the_extractor_names_every_module_that_shapes_an_articles_text() -> None:
    found, waiting = set(), {"page", "plain"}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= imported(PACKAGE / f"{name}.py") - found
    top = {name.split("/")[0] for name in found} - {"model", "errors"}
    assert top == {name.removesuffix(".py") for name in version.EXTRACTION}


def test_versions_do_not_change_between_calls() -> None:
    assert (version.code_version(), version.extractor()) == (version.code_version(), version.extractor())
