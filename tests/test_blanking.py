"""Blanking: whatever a file of raw/ suffered since, what was taken down cannot be read any more, and all else stays."""

import gzip
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import blanking
from pipeline.blanking import Dead
from pipeline.model import Takedown
from pipeline.warc import ours, record
from pipeline.warc.frames import Frame, frames

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


def fields(number: int) -> ours.Fields:
    return ours.identifying(f"<urn:uuid:{number}>", AT, f"key{number}", f"https://lindenau.example/{number}")


def words(number: int) -> bytes:
    return b" ".join(b"harbour%dx%d" % (number, word**5) for word in range(90))


MEMBERS = [
    gzip.compress(ours.compose([("WARC-Type", "resource"), *fields(number)], words(number)), mtime=0)
    for number in range(5)
]
OFFSETS = [sum(map(len, MEMBERS[:number])) for number in range(6)]
PLACES = st.integers(0, OFFSETS[-1] - 1)
SIZES = st.integers(1, 900)


def blanked(data: bytes, dead: set[int]) -> bytes:
    """Return a file after a takedown of those records."""
    deaths = {
        f"<urn:uuid:{number}>": Dead(
            Takedown(f"{number}" * 64, f"{number}" * 32), OFFSETS[number], len(MEMBERS[number]), fields(number)
        )
        for number in dead
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "0000.warc.gz")
        path.write_bytes(data)
        blanking.blank_out(path, list(blanking.marks(path, deaths)))
        return path.read_bytes()


def sound(data: bytes) -> dict[int, Frame]:
    """Return the records that are whole, by their place; one without its id says of nobody that it is his."""
    found = frames(io.BytesIO(data))
    return {each.start: each for each in found if each.fault is None and record.header(each.data).record_id}


def told(data: bytes) -> bytes:
    """Return all that can be read of a file, also of damaged records."""
    return b"".join(each.data for each in frames(io.BytesIO(data)))


def holds(data: bytes, number: int) -> bool:
    return b"harbour%dx" % number in data


@settings(max_examples=200, deadline=None)
@given(
    dead=st.sets(st.integers(0, 4), min_size=1),
    flips=st.lists(PLACES, max_size=4),
    cut=st.tuples(PLACES, SIZES) | st.none(),
    put=st.tuples(PLACES, SIZES) | st.none(),
    end=PLACES | st.none(),
)
def test_no_damage_keeps_what_can_be_read_of_it_and_all_else_stays(
    dead: set[int], flips: list[int], cut: tuple[int, int] | None, put: tuple[int, int] | None, end: int | None
) -> None:
    damaged = bytearray(b"".join(MEMBERS))
    for place in flips:
        damaged[place] ^= 255
    if cut:
        del damaged[cut[0] : sum(cut)]
    if put:
        damaged[put[0] : put[0]] = b"?" * put[1]
    before = bytes(damaged[:end])
    left = blanked(before, dead)
    assert len(left) == len(before)
    # Where bytes are missing or too many before it, a damaged record is neither where it was nor known by its id.
    if cut is None and put is None:
        assert blanked(left, dead) == left
        assert not [number for number in dead if holds(told(left), number)]
    after = sound(left)
    for start, frame in sound(before).items():
        number = next(number for number in range(5) if holds(frame.data, number))
        assert not holds(after[start].data, number) if number in dead else after[start] == frame


@pytest.mark.parametrize("kept", [5, 19, 40, 150])
def test_what_is_left_of_a_record_that_was_cut_goes_too(kept: int) -> None:
    left = blanked(b"".join(MEMBERS)[: OFFSETS[4] + kept], {4, 1})
    assert left == left[: OFFSETS[4]] + bytes(kept)
    assert not holds(told(left), 1) and holds(told(left), 3)


def test_a_record_that_moved_as_bytes_before_it_were_lost_is_found_where_it_is() -> None:
    whole = b"".join(MEMBERS)
    left = blanked(whole[:300] + whole[305:], {1})
    assert sound(left)[OFFSETS[1] - 5].end == OFFSETS[2] - 5
    assert not holds(told(left), 1) and holds(told(left), 2)
