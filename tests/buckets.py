"""An S3-compatible store on loopback (moto), which tells what it was asked and can be made to refuse for a while."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from pipeline.settings import Settings

BUCKET = "news"
HOME = f"s3://{BUCKET}/at/home"
REFUSALS = {
    412: ("412 Precondition Failed", "PreconditionFailed"),
    503: ("503 Slow Down", "SlowDown"),
    403: ("403 Forbidden", "AccessDenied"),
}


class Request(NamedTuple):
    """What was asked: `key` below the bucket; `conditional`: only over one version."""

    method: str
    key: str
    conditional: bool
    ranged: bool


@dataclass
class Bucket:
    """A running store. `refuse` says with which status a request is refused, `seen` has requests with their answers."""

    endpoint: str = ""
    refuse: Callable[[Request], int | None] = lambda _: None
    seen: list[tuple[Request, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def counts(self, method: str, status: int | None = None, below: str = "") -> int:
        """How many requests there were of a method, with an answer, for keys that begin so."""
        return sum(
            request.method == method and status in (None, answer) and request.key.startswith(below)
            for request, answer in list(self.seen)
        )

    def around(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """An application that asks `refuse` first."""

        def application(environ: WSGIEnvironment, start: StartResponse) -> Any:
            request = Request(
                environ["REQUEST_METHOD"],
                unquote(environ["PATH_INFO"]).removeprefix(f"/{BUCKET}").lstrip("/"),
                bool({"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"} & environ.keys()) and environ["REQUEST_METHOD"] == "PUT",
                "HTTP_RANGE" in environ,
            )
            if status := self.refuse(request):
                line, code = REFUSALS[status]
                self.seen.append((request, status))
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start(line, [("Content-Type", "application/xml")])
                return [f"<Error><Code>{code}</Code></Error>".encode()]

            def noted(line: str, *more: Any) -> Any:
                self.seen.append((request, int(line.split()[0])))
                return start(line, *more)

            with self.lock:  # between moto's comparing and setting another thread may come
                return app(environ, noted)

        return application


@contextmanager
def running(bucket: Bucket) -> Iterator[Bucket]:
    """Yield a store with one bucket."""
    app = bucket.around(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with mock.patch.object(server.RequestHandlerClass, "log", return_value=None):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        bucket.endpoint = f"http://127.0.0.1:{server.server_port}"
        try:
            yield bucket
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def machine(cache: Path, sources: Path = Path("seeds/sources.toml"), workers: int = 0, home: str = HOME) -> Settings:
    """The settings of a machine with that cache; the environment must be that of the bucket."""
    with mock.patch.dict("os.environ", {"NEWSMILL_CACHE": str(cache)}):
        return Settings.from_environment(Path(home), sources, workers)
