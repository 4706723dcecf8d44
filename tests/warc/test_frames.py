import gzip
import io
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.warc import frames as warcfile
from pipeline.warc.frames import frames
from pipeline.warc.record import parse
from tests.warcs import PAGE, http, members, record

RECORDS = [record(http(PAGE * number), number=number) for number in range(1, 7)]
FILES = {
    "one member a record": members(*RECORDS),
    "not compressed": b"".join(RECORDS),
    "both in turn": members(RECORDS[0]) + RECORDS[1] + members(*RECORDS[2:4]) + RECORDS[4] + RECORDS[5],
    "members of two records": b"".join(members(RECORDS[n] + RECORDS[n + 1]) for n in (0, 2, 4)),
    "one member for all": gzip.compress(b"".join(RECORDS), mtime=0),
}


def read(data: bytes, start: int = 0, end: int | None = None) -> list[warcfile.Frame]:
    return list(frames(io.BytesIO(data), start, end))


@pytest.mark.parametrize("kind", FILES)
def test_every_record_is_found_as_written(kind: str) -> None:
    assert [frame.data for frame in read(FILES[kind])] == RECORDS
    assert all(frame.fault is None for frame in read(FILES[kind]))


@pytest.mark.parametrize("kind", FILES)
def test_places_lie_side_by_side_from_the_first_byte_to_the_last(kind: str) -> None:
    places = sorted({(frame.start, frame.end) for frame in read(FILES[kind])})
    assert [start for start, _ in places] + [len(FILES[kind])] == [0] + [end for _, end in places]


@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False), st.integers(0, 3))
def test_slices_partition_a_file_whatever_is_damaged_in_it(kind: str, choice: random.Random, damages: int) -> None:
    data = bytearray(FILES[kind])
    for _ in range(damages):
        place = choice.randrange(len(data))
        data[place : place + choice.randrange(1, 60)] = choice.randbytes(choice.randrange(60))
    whole = read(bytes(data))
    starts = sorted({frame.start for frame in whole})
    cuts = [0, *sorted(choice.sample(starts, min(2, len(starts)))), len(data)]
    assert [frame for start, end in pairwise(cuts) for frame in read(bytes(data), start, end)] == whole


@given(st.binary(max_size=200), st.sampled_from([b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08\x00"]))
def test_bytes_that_are_no_warc_are_one_or_more_faults_up_to_the_end(rest: bytes, beginning: bytes) -> None:
    found = read(beginning + rest)
    assert all(frame.fault for frame in found)
    assert not found or (found[0].start, found[-1].end) == (0, len(beginning + rest))


def test_a_truncated_member_keeps_what_could_be_read() -> None:
    noise = random.Random(1).randbytes(200_000)
    data = members(RECORDS[0], record(http(noise)))
    good, cut = read(data[:-50])
    assert good.data == RECORDS[0]
    assert cut.fault is not None
    assert (cut.fault[0], cut.start, cut.end) == ("damaged_record", good.end, len(data) - 50)
    assert noise[:1000] in cut.data


@pytest.mark.parametrize("length", ["5", "900000", "-1", "many", None])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_wrong_content_length_costs_one_record(length: str | None, compressed: bool) -> None:
    wrong = record(http(), number=9, content_length=length)
    data = members(RECORDS[0], wrong, RECORDS[1]) if compressed else RECORDS[0] + wrong + RECORDS[1]
    before, damaged, after = read(data)
    assert (before.data, after.data) == (RECORDS[0], RECORDS[1])
    assert damaged.fault
    assert damaged.fault[0] == "damaged_record"
    assert (damaged.start, damaged.end) == (before.end, after.start)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("length", [warcfile.PIECE - 1, warcfile.PIECE, warcfile.PIECE + 1])
def test_a_header_does_not_end_with_the_piece_of_a_long_line(length: int, compressed: bool) -> None:
    # Read in pieces of 64 KiB, a line of that length is followed by nothing but its own end.
    long = record(http(), number=9).replace(b"\r\n", b"\r\nx:" + b"y" * (length - 2) + b"\r\n", 1)
    assert [frame.data for frame in read(members(long) if compressed else long)] == [long]


@pytest.mark.parametrize("compressed", [True, False])
def test_a_header_beyond_the_bound_is_damage_and_one_within_is_read_whole(compressed: bool) -> None:
    plain = record(http(), number=9)
    room = warcfile.MAX_HEADER - plain.index(b"\r\n\r\n") - 8
    for size, reason in ((room, None), (room + 1, "damaged_record")):
        large = plain.replace(b"\r\n", b"\r\nx:" + b"y" * size + b"\r\n", 1)
        (frame,) = read(members(large) if compressed else large)
        assert (frame.fault and frame.fault[0]) == reason
        assert reason or parse(frame.data).payload == PAGE


@pytest.mark.parametrize("compressed", [True, False])
def test_a_record_beyond_the_bound_is_passed_over(compressed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warcfile, "MAX_PAYLOAD", 1000)
    large = record(http(bytes(5000)), number=9)
    found = read(members(large, RECORDS[0]) if compressed else large + RECORDS[0])
    assert [frame.fault and frame.fault[0] for frame in found] == ["too_large", None]
    assert len(found[0].data) < 1000


@pytest.mark.parametrize(
    "beginning", [b"", RECORDS[1], RECORDS[1] + RECORDS[2], record(b"", content_length="99999999")]
)
def test_a_member_that_inflates_to_far_more_than_it_is_costs_what_it_holds(
    beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    inflated: list[int] = []
    inflate = warcfile._Member.readinto

    def counted(member: warcfile._Member, buffer: memoryview) -> int:
        inflated.append(inflate(member, buffer))
        return inflated[-1]

    monkeypatch.setattr(warcfile._Member, "readinto", counted)
    monkeypatch.setattr(warcfile, "MAX_RECORD", 1_000_000)
    good, bomb = members(RECORDS[0]), members(beginning + bytes(10**8))
    found = read(good + bomb + members(RECORDS[3]))
    assert (found[0].data, found[-1].data) == (RECORDS[0], RECORDS[3])
    assert {(frame.start, frame.end) for frame in found[1:-1]} == {(len(good), len(good) + len(bomb))}
    reasons = [frame.fault and frame.fault[0] for frame in found[1:-1]]
    assert reasons[-1] in ("damaged_record", "too_large")
    assert reasons[:-1] == [None] * (len(reasons) - 1)
    assert sum(inflated) < 5 * warcfile.MOST_INFLATION * len(bomb) < 10**9
    assert all(len(frame.data) < 2_000_000 for frame in found)


def test_megabytes_of_false_starts_are_searched_in_linear_time() -> None:
    assert len(read(b"\x1f\x8b\x08\x00" * 50_000)) == 1
    assert len(read(b"WARC/1.0\r\n" * 20_000)) == 1
