"""What publishers reserve is read where they write it, and only what is meant for us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.rights import Rights, rights

POLICY = "https://news.example/policy.json"


def test_nothing_said_is_nothing_known() -> None:
    assert (
        rights([("Content-Type", "text/html"), ("X-Robots-Tag", "index, follow")], {"robots": ["max-snippet:-1"]})
        == Rights()
    )


@pytest.mark.parametrize(
    ("value", "reserved"), [("1", True), ("0", False), (" 1 ", True), ("0, 1", True), ("yes", None), ("", None)]
)
def test_the_header_reserves_mining(value: str, reserved: bool | None) -> None:
    assert rights([("TDM-Reservation", value)], {}).tdm_reserved is reserved


def test_the_page_wins_over_its_header() -> None:
    header = [("tdm-reservation", "1"), ("tdm-policy", "https://news.example/old.json")]
    assert rights(header, {"tdm-reservation": ["0"], "tdm-policy": [POLICY]}) == Rights(False, (), POLICY)
    assert rights(header, {"tdm-reservation": ["perhaps"]}).tdm_reserved is True


@pytest.mark.parametrize(
    "policy", ["javascript:alert(1)", "/policy.json", "https://news.example/" + "a" * 3000, "https://a\x00b/"]
)
def test_a_policy_is_an_address(policy: str) -> None:
    assert rights([("TDM-Policy", policy), ("TDM-Policy", POLICY)], {}).terms == POLICY


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("noai", ("noai",)),
        ("NoIndex, NOAI,noimageai", ("noai", "noimageai")),
        ("newsmill: noai", ("noai",)),
        ("*: noai", ("noai",)),
        ("otherbot: noai, noimageai", ()),
        ("otherbot: noindex, newsmill: noai", ("noai",)),
        ("unavailable_after: 25 Jun 2031 15:00:00 GMT, noai", ("noai",)),
        ("noaids", ()),
    ],
)
def test_the_header_tells_robots_what_is_not_for_learning(value: str, found: tuple[str, ...]) -> None:
    assert rights([("X-Robots-Tag", value)], {}).no_ai == found


def test_headers_add_up() -> None:
    assert rights(
        [("X-Robots-Tag", "otherbot: noindex"), ("x-robots-tag", "noai")], {"robots": ["noimageai"]}
    ).no_ai == ("noai", "noimageai")


def test_meta_of_another_robot_is_not_ours() -> None:
    assert rights([], {"otherbot": ["noai"]}).no_ai == ()
    assert rights([], {"newsmill": ["noai"]}).no_ai == ("noai",)


@given(
    st.lists(
        st.tuples(st.sampled_from(["TDM-Reservation", "X-Robots-Tag", "tdm-policy"]), st.text(max_size=40)), max_size=5
    )
)
def test_no_header_raises(headers: list[tuple[str, str]]) -> None:
    assert rights(headers, {name.lower(): [value] for name, value in headers}) is not None
