"""Every exception that Newsmill raises on purpose; a bad document is none of them but a reject row.

NewsmillError
├── ConfigurationError   sources.toml, an option or the environment is wrong: exit code 2, never retried
├── SourceError          an input of a source is missing or not what it was when planned: never retried
├── ContractError        a frame cannot be cast to its contract, or a contract file is invalid: never retried
├── HeldBackError        a batch broke a critical expectation and was not published: exit code 1, never retried
├── IntegrityError       stored bytes differ from what was recorded of them: exit code 1
└── TransientError       what a later try can heal (a busy lock, a network that fails): retried
"""


class NewsmillError(Exception):
    """Base of all errors a user can act on; the message names the file, key or offset and what to do."""


class ConfigurationError(NewsmillError):
    """A setting, option or sources.toml entry is wrong."""


class SourceError(NewsmillError):
    """An input is missing, unreadable as a whole, or changed since it was planned."""


class ContractError(NewsmillError):
    """A frame does not fit its contract, or a contract does not fit the standard."""


class HeldBackError(NewsmillError):
    """One or more batches broke a critical table-level expectation and were held back."""


class IntegrityError(NewsmillError):
    """Bytes on disk differ from the digest, length or place recorded for them."""


class TransientError(NewsmillError):
    """Something outside failed in a way that a retry can heal."""
