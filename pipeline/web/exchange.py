"""One request and what came back, byte for byte."""

from datetime import datetime
from typing import NamedTuple

from pipeline.warc import payload


class Exchange(NamedTuple):
    """A request that was sent and its response exactly as received: chunked and compressed as it came.

    `response` begins with the status line of the final response (interim ones are left out) and ends where that message
    ends; after a failure it is what came before. `status` is 0 and `headers` are empty if no whole head came. Names in
    `headers` are lower case. `head` is the number of bytes before the body.
    """

    url: str
    address: str
    began_at: datetime
    request: bytes
    response: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    head: int

    def header(self, name: str) -> str | None:
        """Return the first value of a header; None without."""
        return next((value for key, value in self.headers if key == name), None)

    def payload(self, limit: int = payload.MAX_PAYLOAD) -> payload.Decoded:
        """Return the body without its encodings, and a fault if it is damaged or inflates to more than `limit`."""
        content = ",".join(value for key, value in self.headers if key == "content-encoding")
        return payload.decode(self.response[self.head :], self.header("transfer-encoding") or "", content, limit)
