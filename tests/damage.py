"""Files damaged at random, with what is left of the original: which bytes, and where they are now."""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Kept(NamedTuple):
    """Bytes of the original that are still there, in one piece."""

    start: int
    end: int


class Piece(NamedTuple):
    """Bytes start..end of the original, which are at `place` in the damaged file."""

    start: int
    end: int
    place: int


class Damaged(NamedTuple):
    """A damaged file and the pieces of the original in it."""

    kind: str
    data: bytes
    pieces: tuple[Piece, ...]

    def is_whole(self, start: int, end: int) -> bool:
        """Return whether these bytes of the original are still there in one piece."""
        return any(piece.start <= start and end <= piece.end for piece in self.pieces)

    def left_of(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where in the damaged file the parts of these bytes are that are left."""
        for piece in self.pieces:
            first, last = max(start, piece.start), min(end, piece.end)
            if first < last:
                yield piece.place + first - piece.start, piece.place + last - piece.start


Parts = Iterator[Kept | bytes]


def damaged(data: bytes, kind: str, choice: random.Random) -> Damaged:
    """Return a file damaged in one of KINDS, in a place and to a degree that are chosen by `choice`."""
    made, pieces = bytearray(), []
    for part in KINDS[kind](data, choice):
        if isinstance(part, bytes):
            made += part
        elif part.start < part.end:
            pieces.append(Piece(*part, len(made)))
            made += data[part.start : part.end]
    return Damaged(kind, bytes(made), tuple(pieces))


def _size(data: bytes, choice: random.Random) -> int:
    """Return a length from one byte to a third of the file: as often below a hundred bytes as above a million."""
    return max(1, int((len(data) / 3) ** choice.random()))


def _range(data: bytes, choice: random.Random) -> Kept:
    start = choice.randrange(len(data))
    return Kept(start, min(start + _size(data, choice), len(data)))


def _replaced(data: bytes, hole: Kept, by: bytes) -> Parts:
    yield Kept(0, hole.start)
    yield by
    yield Kept(hole.end, len(data))


def _bits(data: bytes, choice: random.Random) -> Parts:
    before = 0
    for place in sorted(choice.sample(range(len(data)), choice.randrange(1, 9))):
        yield Kept(before, place)
        yield bytes([data[place] ^ 1 << choice.randrange(8)])
        before = place + 1
    yield Kept(before, len(data))


def _truncated(data: bytes, choice: random.Random) -> Parts:
    yield Kept(0, len(data) - _size(data, choice))


def _beheaded(data: bytes, choice: random.Random) -> Parts:
    yield Kept(_size(data, choice), len(data))


def _deleted(data: bytes, choice: random.Random) -> Parts:
    return _replaced(data, _range(data, choice), b"")


def _zeroed(data: bytes, choice: random.Random) -> Parts:
    hole = _range(data, choice)
    return _replaced(data, hole, bytes(hole.end - hole.start))


def _overwritten(data: bytes, choice: random.Random) -> Parts:
    hole = _range(data, choice)
    return _replaced(data, hole, choice.randbytes(hole.end - hole.start))


def _swapped(data: bytes, choice: random.Random) -> Parts:
    cuts = [0, *sorted(choice.sample(range(len(data)), 4)), len(data)]
    for first in (0, 3, 2, 1, 4):
        yield Kept(cuts[first], cuts[first + 1])


def _repeated(data: bytes, choice: random.Random) -> Parts:
    again = _range(data, choice)
    yield Kept(0, again.end)
    yield Kept(again.start, len(data))


def _inserted(data: bytes, choice: random.Random) -> Parts:
    place = choice.randrange(len(data))
    return _replaced(data, Kept(place, place), choice.randbytes(_size(data, choice)))


def _followed(data: bytes, choice: random.Random) -> Parts:
    return _replaced(data, Kept(len(data), len(data)), choice.randbytes(_size(data, choice)))


KINDS: dict[str, Callable[[bytes, random.Random], Parts]] = {
    "bits flipped": _bits,
    "truncated": _truncated,
    "beginning lost": _beheaded,
    "range deleted": _deleted,
    "ranges swapped": _swapped,
    "range zeroed": _zeroed,
    "range overwritten": _overwritten,
    "range repeated": _repeated,
    "noise inserted": _inserted,
    "noise at the end": _followed,
}
