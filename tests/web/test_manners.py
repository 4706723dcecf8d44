"""Who we say we are, and what nonsense is refused."""

from typing import Any

import pytest

from pipeline.errors import ConfigurationError
from pipeline.settings import USER_AGENT
from pipeline.web.manners import Manners


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        (USER_AGENT, "newsmill"),
        ("Elmtown-Bot/2.0", "elmtown-bot"),
        ("elmtown (+mailto:bot@elmtown.example)", "elmtown"),
    ],
)
def test_robots_txt_speaks_of_us_by_the_name_before_the_version(user_agent: str, token: str) -> None:
    assert Manners(user_agent=user_agent).token == token


@pytest.mark.parametrize(
    "wrong",
    [
        *({"user_agent": text} for text in ("", " x", "x\r\nCookie: y", "x\n", "bücher/1", "*", "/1", "x" * 300)),
        *({"delay": delay} for delay in (-1, 61, float("nan"))),
    ],
)
def test_nonsense_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Manners(**{"user_agent": USER_AGENT, **wrong})
