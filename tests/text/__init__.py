"""What tests of pipeline/text share: how long a text takes."""

import time
from collections.abc import Callable


def seconds(find: Callable[[str, str], object], piece: str, size: int) -> float:
    """Return the least processor time of three that a search of a German text of so many characters took."""

    def once(body: str) -> float:
        start = time.process_time()
        find(body, "de")
        return time.process_time() - start

    return min(once(piece * (size // len(piece))) for _ in range(3))
