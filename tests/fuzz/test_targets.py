"""What fuzzing starts from and what it once broke goes through each target, and some more bytes made of that."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import CORPUS, Fuzzing
from tests.fuzz.targets import TARGETS

FILES = [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]
SLOW = {"page", "mine"}


def mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return seeds with pieces cut out, doubled, or put into one another."""

    def build(parts: list[tuple[bytes, int, int]]) -> bytes:
        return b"".join(seed[start : start + size] for seed, start, size in parts)

    piece = st.tuples(st.sampled_from(seeds) | st.binary(max_size=8), st.integers(0, 2000), st.integers(1, 3000))
    return st.lists(piece, min_size=1, max_size=5).map(build)


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)
    assert sum(path.stat().st_size for path in FILES) < 2**20


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_once_tried_keeps_its_promise(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_pieces_of_seeds_keep_the_promises_of_a_target(name: str) -> None:
    seeds = [path.read_bytes() for path in FILES if path.parent.name == name]
    most = 5 if name in SLOW else 50

    @settings(max_examples=most, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(mutated(seeds))
    def tried(data: bytes) -> None:
        TARGETS[name](data)

    tried()


def test_a_broken_promise_is_told_once_and_its_bytes_are_kept(tmp_path: Path) -> None:
    def target(data: bytes) -> None:
        assert b"\0" not in data

    fuzzing = Fuzzing(target, 60, tmp_path)
    for data in (b"a", b"\0", b"b\0"):
        fuzzing(data)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"\0"]
    assert fuzzing.tried == 3
