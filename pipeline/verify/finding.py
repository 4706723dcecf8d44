"""What `newsmill verify` tells of."""

from typing import NamedTuple

TAKE_DOWN_AGAIN = "`newsmill takedown --again` ends what was begun"


class Finding(NamedTuple):
    """One disagreement: what kind, where, and what exactly; `fault` is False for what is only good to know."""

    what: str
    where: str
    detail: str
    fault: bool = True
