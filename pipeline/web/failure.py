"""What can go wrong between a URL and its page: a closed list, and the exception that carries it in this package."""

from typing import Literal

Outcome = Literal[
    "refused_url",  # not http(s), with a user name, without a host, or malformed
    "refused_address",  # the host has an address outside the public internet
    "robots_denied",  # robots.txt forbids it, answers with an error, or asks for longer pauses than we wait
    "dns",  # the name has no address
    "connection",  # refused, reset, or closed before the answer was whole
    "tls",  # no trusted certificate for this name
    "timeout",  # connecting, a silence or the whole answer took too long
    "too_large",  # head or body above the limit; what came until then is kept
    "bad_response",  # what came is not HTTP
    "too_many_redirects",  # more than five, or back to an earlier one
    "http_error",  # a whole answer that is neither 200 nor a 304 that was asked for
]


class Failure(Exception):  # noqa: N818  (an answer of the network, no error of the program)
    """Why there is no page; never leaves Web.get. A `passing` one may be gone at the next try."""

    def __init__(
        self, outcome: Outcome, detail: str, passing: bool = False, status: int = 0, retry_after: str | None = None
    ) -> None:
        super().__init__(outcome, detail)
        self.outcome, self.detail, self.passing = outcome, detail, passing
        self.status, self.retry_after = status, retry_after
