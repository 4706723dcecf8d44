"""The prompt of `newsmill sql`: statements over several lines, history, completion of DuckDB's names, dot commands."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output
from pygments.lexers.sql import SqlLexer

HISTORY = Path("~/.newsmill_history")
COMMANDS = {
    ".tables": "SELECT view_name AS name, comment AS what FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    ".macros": "SELECT DISTINCT function_name AS name, parameters, comment AS what FROM duckdb_functions() "
    "WHERE NOT internal AND function_type = 'table_macro' ORDER BY ALL",
    ".columns": "SELECT column_name AS name, data_type AS type, comment AS what FROM duckdb_columns() "
    "WHERE table_name = {} ORDER BY column_index",
}
"""Dot commands as queries; `{}` is what stands behind the command."""
HELP = """\
A statement ends with `;` and may have several lines. Ctrl-C drops it, Ctrl-D leaves.
.tables        all tables and views       .columns NAME  the columns of one
.macros        macros such as since(...)  .quit          leave"""
WORDS = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN LEFT USING ON AND OR NOT NULL IS IN LIKE ILIKE AS DISTINCT HAVING "
    "QUALIFY FILTER WITH UNION ALL DESC ASC CASE WHEN THEN ELSE END BETWEEN INTERVAL SEMI ANTI DESCRIBE SUMMARIZE"
)


class Names(Completer):
    """Completes the word before the cursor: views first, then columns, functions and words of SQL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask DuckDB once for its names."""
        self.names = [*COMMANDS, ".help", ".quit", *_names(connection), *WORDS.split()]

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the names that begin with the word."""
        word = document.get_word_before_cursor(WORD=document.text.startswith(".")).lower()
        for name in self.names if word else ():
            if name.lower().startswith(word):
                yield Completion(name, -len(word))


def statements(
    connection: duckdb.DuckDBPyConnection, say: Callable[[str], None], source: Input | None = None,
    output: Output | None = None, history: Path = HISTORY,
) -> Iterator[str]:  # fmt: skip
    """Yield the statements that a person types until they leave; `say` shows what is not an answer."""
    session: PromptSession[str] = PromptSession(
        multiline=True, completer=Names(connection), complete_while_typing=False, lexer=PygmentsLexer(SqlLexer),
        history=FileHistory(str(history.expanduser())), key_bindings=_keys(), input=source, output=output,
    )  # fmt: skip
    say("DuckDB over the lake. `.help` says more.")
    while True:
        try:
            typed = session.prompt("newsmill> ", prompt_continuation="     ...> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if typed == ".quit":
            return
        if typed.startswith("."):
            yield from command(typed, say)
        elif typed.strip("; \n"):
            yield typed


def command(typed: str, say: Callable[[str], None]) -> Iterator[str]:
    """Yield the statement that a dot command stands for; what is none has the commands shown."""
    name, _, value = typed.rstrip("; ").partition(" ")
    if name in COMMANDS and ("{}" in COMMANDS[name]) == bool(value):
        yield COMMANDS[name].format("'" + value.strip().replace("'", "''") + "'")
    else:
        say(HELP)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        text = event.current_buffer.text.strip()
        if not text or text.endswith(";") or text.startswith("."):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return keys


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        """SELECT name FROM (
            SELECT view_name AS name, 0 AS rank FROM duckdb_views() WHERE NOT internal
            UNION SELECT column_name, 1 FROM duckdb_columns() WHERE NOT internal
            UNION SELECT function_name, if(internal, 2, 0) FROM duckdb_functions()
            WHERE function_name SIMILAR TO '[a-z_0-9]+'
        ) GROUP BY name ORDER BY min(rank), name"""
    )
    return [name for (name,) in found.fetchall()]
