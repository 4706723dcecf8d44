"""The test web as a process of its own, for measuring: prints its port, then serves until it is ended."""

import argparse
import asyncio

from tests.web.publisher import Publisher
from tests.web.server import Site, Web


def main() -> None:
    """Serve so many alike publishers (host-0.example, host-1.example, ...) on a free port of 127.0.0.1."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("--hosts", type=int, default=20)
    options.add_argument("--articles", type=int, default=100)
    options.add_argument("--padding", type=int, default=25_000, help="bytes added to pages of 3 to 13 kB")
    options.add_argument("--port", type=int, default=0)
    given = options.parse_args()
    hosts = [f"host-{number}.example" for number in range(given.hosts)]
    sites: dict[str, Site] = {
        host: Publisher(host=host, articles=given.articles, listed=given.articles, padding=given.padding).site(1)
        for host in hosts
    }
    web = Web(sites)
    asyncio.run(web.serve(lambda: print(web.port, flush=True), given.port))


if __name__ == "__main__":
    main()
