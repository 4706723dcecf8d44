"""Commands that ask: sql, search, show, export, report, docs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli.options import Home, app, date_of, existing, progress
from pipeline.errors import ConfigurationError, NewsmillError
from pipeline.progress import counted

if TYPE_CHECKING:
    import duckdb

CELL = 160
"""Characters of a value that a table shows; the other forms have all."""
Form = Literal["table", "csv", "json", "parquet"]
Since = Annotated[str | None, typer.Option(help="Published on this day or later, YYYY-MM-DD.")]
Until = Annotated[str | None, typer.Option(help="Published on this day or earlier.")]


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="A statement, a file *.sql, or .tables; without it a prompt, or standard input."),
    ] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="No more rows than this; of a table 100.")] = None,
    form: Annotated[Form, typer.Option("--format", help="What the answer is written as.")] = "table",
    output: Annotated[Path | None, typer.Option(help="The file to write; default standard output.")] = None,
    home: Home = None,
) -> None:
    """Query the lake with DuckDB: all tables and views are there."""
    from pipeline import console, prompt
    from pipeline import query as views

    if output and (query is None or form == "table"):
        raise ConfigurationError("--output is for one statement, with --format csv, json or parquet")
    with views.connect(existing(home).home) as connection:
        if query is not None or not sys.stdin.isatty():
            for statement in _statements(query):
                _give(connection, statement, form, rows, output)
            return
        for statement in prompt.statements(connection, console.out.print):
            try:
                _give(connection, statement, form, rows, output)
            except NewsmillError as error:
                console.out.print(str(error), style="red", markup=False)


def _statements(query: str | None) -> list[str]:
    from pipeline import console, prompt

    if query is not None and not query.endswith(".sql"):
        return list(prompt.command(query, console.out.print)) if query.startswith(".") else [query]
    text = sys.stdin.read() if query is None else Path(query).read_text(encoding="utf-8")
    return list(filter(str.strip, text.split(";\n")))


def _give(
    connection: "duckdb.DuckDBPyConnection", statement: str, form: Form, rows: int | None, output: Path | None
) -> None:
    from pipeline import answers, console, store

    if form == "table":
        found = answers.ask(connection, statement)
        values = answers.some(found, (rows or 100) + 1)
        console.rows(answers.columns(found), values[: rows or 100], CELL)
        if len(values) > (rows or 100):
            console.out.print(f"the first {rows or 100} rows; --rows shows more")
    elif output is None:
        answers.write(connection, statement, form, sys.stdout.buffer, rows)
    else:
        with store.replacing(output.absolute()) as temporary, temporary.open("wb") as file:
            answers.write(connection, statement, form, file, rows)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help='All of them must occur; "a phrase" in quotation marks.')],
    since: Since = None,
    until: Until = None,
    source: Annotated[str | None, typer.Option(help="Of this source.")] = None,
    language: Annotated[str | None, typer.Option(help="In this language, such as de.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Show no more articles than this.")] = 20,
    home: Home = None,
) -> None:
    """Find articles by words, the newest first, with the text around them."""
    from itertools import islice

    from pipeline import console
    from pipeline import search as searching

    wanted = searching.terms(words)
    span = date_of("--since", since), date_of("--until", until)
    with progress() as told:
        found = list(islice(searching.hits(existing(home).home, wanted, *span, source, language, told), rows))
    console.hits(found, wanted)


@app.command()
def show(
    article_id: str,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the archived bytes of its last capture to standard output.")
    ] = False,
    home: Home = None,
) -> None:
    """Show one article as it is now, or the very bytes it came from."""
    from pipeline import console, lookup

    settings = existing(home)
    if raw:
        sys.stdout.buffer.write(lookup.payload(settings, article_id))
    else:
        console.rows(["column", "value"], list(lookup.article(settings, article_id).items()))


@app.command()
def export(
    into: Annotated[Path, typer.Argument(help="The directory to make.")],
    table: Annotated[list[str] | None, typer.Option(help="Only this table; may be given again.")] = None,
    where: Annotated[str, typer.Option(help="Only articles for which this holds: SQL over articles_current.")] = "true",
    home: Home = None,
) -> None:
    """Write the present state as Parquet files with a manifest; refused if the lake moves meanwhile."""
    from pipeline import console
    from pipeline import export as exporting

    with progress() as told:
        manifest = exporting.export(existing(home), into.absolute(), table or exporting.TABLES, where, told)
    console.rows(
        ["file", "rows"], [[into / f"{name}.parquet", file["rows"]] for name, file in manifest["files"].items()]
    )


@app.command()
def report(
    batch: Annotated[str | None, typer.Argument(help="A batch; default the last one of each source.")] = None,
    corpus: Annotated[bool, typer.Option("--corpus", help="Of the whole lake in place of a batch.")] = False,
    home: Home = None,
) -> None:
    """Write a report to look at, one HTML file a batch, and print where it is."""
    from pipeline import report as reports
    from pipeline import run

    settings = existing(home)
    if corpus and batch:
        raise ConfigurationError("a batch and --corpus exclude each other")
    if corpus:
        print(reports.write_corpus(settings))
        return
    with progress() as told:
        batches = counted(told, "reports", [batch] if batch else run.last(settings))
        paths = [reports.write(settings, name) for name in batches]
    print(*paths, sep="\n")


@app.command()
def docs(
    path: Annotated[Path | None, typer.Argument(help="The file to write; default standard output.")] = None,
) -> None:
    """Write the data dictionary, made from the contracts."""
    from pipeline import dictionary

    text = dictionary.data_dictionary()
    if path:
        path.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
