"""Which boxes of a page are not its article, told by their tags and names; it looks at no words of the text."""

import re
from collections.abc import Sequence

from pipeline.html.blocks import Blocks, Box

_TAGS = frozenset(("nav", "aside", "footer", "button", "select", "noscript", "dialog", "menu"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Words of class, id and role that standard systems and many sites use. "has-comments", "no-sidebar" and
# "label-hidden" say how something else looks, "modal-enabled" and "sidebar-fixed" what may be done with it.
_NAMES = re.compile(
    r"(?<![a-z])(?<!no-)(?<!has-)(?<!with-)(?<!without-)(?<!label-)(?:"
    r"ad|ads|advert\w*|sponsor\w*|promo\w*|outbrain\w*|taboola\w*|recirc\w*|cta|banner"
    r"|comments?|commentlist|commentarea|commentsection|discussion|kommentare|kommentarbereich|leserkommentare"
    r"|commentaires|comentarios|commenti|reacties|komentarze|disqus\w*|respond|rating|survey|poll"
    r"|related\w*|recommend\w*|trending|most-?read|popular|more-?from|teasers?|breaking-news|ticker"
    r"|carousel\w*|slider|slideshow|gallery|audio|podcast|toc|table-of-contents"
    r"|footer|colophon|contentinfo|sidebar|complementary|masthead|toolbar"
    r"|inline-?(?:text-?)?box|infobox|factbox\w*|fact-box|info-box"
    r"|menu|navigation|nav|breadcrumbs?|pagination|pager|tagcloud|skip-link"
    r"|cookies?|consent|gdpr|modal|popup|dialog|overlay|tooltip|displaynone"
    r"|sr-only|visually-hidden|screen-reader-text|print-only"
    r"|newsletter\w*|subscribe\w*|subscription|(?:email-?)?signup|sign-up|login|register|gate"
    r"|share|sharing|socials?|bio|author-?info|author-?box|about-?author|byline|copyright|disclaimer"
    r")(?![a-z])(?!-enabled|-fixed|-toggle)"
)
# Below this share of the page's sentences the names have led astray.
_LEAST_LEFT = 0.25
_HALF = 0.5


def foreign(page: Blocks, weights: Sequence[float]) -> list[bool]:
    """Return for each box whether it is, or is in, a part of the page that is not the article.

    `weights` are of the blocks. What holds a main heading or is stated to be the article's body is never foreign
    unless it is hidden; what holds half of the weight is not either where hardly anything else would be left.
    """
    own = own_weights(page, weights)
    sums = summed(page.boxes, own)
    safe = _safe(page)
    # Many boxes of a page are named alike.
    kinds = {kind: _is_suspect(*kind) for kind in {(box.tag, box.named) for box in page.boxes}}
    suspects = [kinds[box.tag, box.named] and (box.number not in safe or _is_hidden(box.named)) for box in page.boxes]
    found = inherited(page.boxes, suspects)
    left = sum(weight for weight, gone in zip(own, found, strict=True) if not gone)
    if page.boxes and left < _LEAST_LEFT * sums[0]:
        most = _HALF * sums[0]
        found = inherited(page.boxes, [one and sums[at] < most for at, one in enumerate(suspects)])
    return found


def own_weights(page: Blocks, weights: Sequence[float]) -> list[float]:
    """Return for each box what its own blocks weigh, without those of boxes in it."""
    own = [0.0] * len(page.boxes)
    for block, weight in zip(page.blocks, weights, strict=True):
        if block.box:
            own[block.box.number] += weight
    return own


def summed(boxes: Sequence[Box], own: Sequence[float]) -> list[float]:
    """Return for each box what it and all boxes in it have."""
    sums = list(own)
    for box in reversed(boxes):
        if box.above:
            sums[box.above.number] += sums[box.number]
    return sums


def inherited(boxes: Sequence[Box], marked: Sequence[bool]) -> list[bool]:
    """Return for each box whether it, or one that it is in, is marked."""
    found: list[bool] = []
    for box in boxes:
        found.append(marked[box.number] or (box.above is not None and found[box.above.number]))
    return found


def _is_suspect(tag: str, named: str) -> bool:
    if tag in _HEADINGS:  # named after what they say
        return _is_hidden(named)
    return tag in _TAGS or _is_hidden(named) or bool(_NAMES.search(named))


def _is_hidden(named: str) -> bool:
    return _has(named, "hidden")


def _has(named: str, word: str) -> bool:
    return word in named and word in named.split()


def _safe(page: Blocks) -> set[int]:
    """Return the numbers of the boxes that a main heading or a stated article body is in, and of the page itself."""
    found = {0}
    heads = [block.box for block in page.blocks if block.tag == "h1"]
    for box in [*heads, *(box for box in page.boxes if _has(box.named, "articlebody"))]:
        while box is not None and box.number not in found:
            found.add(box.number)
            box = box.above
    return found
