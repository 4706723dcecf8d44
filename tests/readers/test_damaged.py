"""Damaged WARC files of any kind: every record that is still whole is read, of every other one a reject has the bytes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.damage import index, judged, newsmill
from tests.damage import KINDS, damaged
from tests.warcs import http, members, record, sha1

RECORDS = [
    record(block, number=number, warc_block_digest=sha1(block))
    for number in range(1, 41)
    for block in [http(random.Random(number).randbytes(number**2) + b"<p>The quay is closed.</p>" * number)]
]
FORMS = {
    "one member a record": members(*RECORDS),
    "not compressed": b"".join(RECORDS),
    "in turn": b"".join(members(item) if number % 3 else item for number, item in enumerate(RECORDS)),
}


def check(form: str, kind: str, seed: int) -> None:
    originals, variant = index(FORMS[form]), damaged(FORMS[form], kind, random.Random(seed))
    answer = newsmill(variant.data)
    counts = judged(originals, variant, answer)
    assert counts["recovered"] == counts["whole"], counts
    assert {block for _, block in answer.records} <= {original.key[1] for original in originals}
    if form == "one member a record":  # else no checksum covers headers: one may go on as another, or with another id
        assert counts["silent"] == counts["altered"] == 0, counts


@settings(max_examples=40)
@given(st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(KINDS)), st.integers(0, 10**6))
def test_whole_records_are_read_and_lost_ones_told(form: str, kind: str, seed: int) -> None:
    check(form, kind, seed)


@pytest.mark.parametrize("form", FORMS)
def test_whole_records_are_read_and_lost_ones_told_in_many_variants(form: str) -> None:
    for seed in range(12):
        for kind in KINDS:
            check(form, kind, seed)


def test_what_is_cut_out_whole_cannot_be_told_by_the_file_alone() -> None:
    made = [members(item) for item in RECORDS[:3]]
    assert newsmill(made[0] + made[2]).refused == []
