"""Commands that ask: sql, show, docs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Home, app, existing


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="One statement; without it they are read from standard input.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Show no more rows than this.")] = 100,
    home: Home = None,
) -> None:
    """Query the lake with DuckDB: all tables and views are there."""
    from pipeline import console, lookup
    from pipeline import query as views

    with views.connect(existing(home).home) as connection:
        for statement in [query] if query else filter(str.strip, sys.stdin.read().split(";\n")):
            columns, found = lookup.answer(connection, statement, rows + 1)
            console.rows(columns, found[:rows])
            if len(found) > rows:
                console.out.print(f"the first {rows} rows; --rows shows more")


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
