"""The command line: `newsmill --help`. Exit codes: 0 done, 1 contract or ledger off, 2 wrong usage or setting."""

import sys

from pipeline.cli import ingest, ask, care, takedown  # noqa: F401  (each adds its commands to the app, in this order)
from pipeline.cli.options import app, fail
from pipeline.errors import ConfigurationError, NewsmillError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line and exit with its code; expected errors are one line on stderr, never a traceback."""
    try:
        app()
    except NewsmillError as error:
        fail(error, str(error))
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
    except OSError as error:  # a path that the user named is a file, is not there, or may not be written
        fail(error, ": ".join(str(part) for part in (error.strerror or error, error.filename) if part))
        sys.exit(2)
