"""What the class names of a block say of it, in the words that content systems share."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from pipeline.html.blocks import Block, Box

# A mark on more than this share of the prose names the page or its body, not a box in it.
_MOST_COVERED = 0.3
_SHORTEST_PROSE = 80

_WORDS = {
    "related": "related readmore teaser teasers recommend recommended recommends recommendation recommendations "
    "popular mostpopular trending mostread yarpp outbrain taboola linklist upnext "
    "moreon morelikethis furtherreading recirc recirculation",
    "call_to_action": "newsletter newsletters subscribe subscription signup cta donate donation membership promo "
    "promos promotion survey poll polls commerce affiliate disclosure",
    "share": "share shares sharing sharedaddy sharebar socialshare social addthis shareaholic followus tooltip toast",
    "caption": "caption captions figcaption imagecaption photocaption credit credits photocredit imagecredit "
    "wp-caption-text bildunterschrift legende didascalia bildtext copyrightholder",
    "byline": "byline bylines dateline timestamp datepublished datemodified datecreated pubdate postdate "
    "authors authorname readtime readingtime",
    "bio": "author autor auteur autore autorenbox signature writer contributor contributors bio "
    "biography authorbio authorbox authorinfo authorprofile vcard writerprofile",
    "comments": "comments disqus respond commentlist commentform commentaires kommentare comentarios commenti",
    "consent": "cookie cookies consent gdpr",
    "wall": "regwall loginwall",
    "tags": "tags keywords taglist tagcloud articletags schlagworte etiquetas",
    "navigation": "breadcrumb breadcrumbs nav navbar menu pagination pager toc sitemap toolbar footer",
    "advertisement": "advert adverts advertisement advertisements advertising advertorial ad ads sponsor sponsored "
    "commercial",
    "hidden": "visuallyhidden sronly",
    "popup": "popup modal lightbox overlay",
    "media": "videoplayer audioplayer inlinevideo videofooter videotitle",
}
_PAIRS = {
    "related": "read-more more-link most-read see-also also-read also-like read-also read-next up-next next-article "
    "top-stories more-stories more-on more-from further-reading link-list linked-article article-link lees-ook",
    "call_to_action": "sign-up follow-us app-promo buy-button price-box",
    "caption": "photo-caption image-caption media-caption image-credit photo-credit image-copyright",
    "bio": "author-bio author-box author-info author-profile about-author author-description author-card author-block",
    "byline": "reading-time read-time published-date publish-date post-date date-published date-modified author-name "
    "post-meta entry-meta article-meta",
    "share": "like-button copy-link",
    "media": "video-title video-fallback video-player featured-video",
    "tags": "tag-list tag-links post-tags topic-list",
    "hidden": "visually-hidden sr-only screen-reader a11y-hidden",
    "comments": "comment-list comment-form comment-count comments-area",
    "advertisement": "ad-container ad-slot ad-label ad-placeholder",
}
_STEMS = {
    "related": ("relatedpost", "relatedarticle", "relatedcontent", "relatedstor", "relatedlink", "relatednews"),
    "call_to_action": ("newsletter",),
    "navigation": ("breadcrumb",),
    "caption": ("imageembed", "imagecredit", "photocredit"),
    "advertisement": ("advert",),
    "bio": ("authorbio", "authorbox", "authorinfo"),
}
_REASONS = {word: reason for table in (_WORDS, _PAIRS) for reason, words in table.items() for word in words.split()}
# Anchors of subheads are named so, too.
_LINKED = frozenset(("navigation",))
_BESIDE_LEADS = frozenset(("related", "byline", "bio"))
_LEADS = 3
_SHORTEST_LEAD = 60
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# How many boxes around a block are looked at for an id.
_DEEPEST = 30
_SUBHEADS = frozenset(("h2", "h3", "h4"))
_SPLIT = re.compile(r"[^a-z0-9]+")


def is_prose(block: Block) -> bool:
    """Return whether a block is long enough and little enough linked to be running text."""
    return len(block.text) >= _SHORTEST_PROSE and block.link_share < 0.5


def marked(blocks: Sequence[Block]) -> list[str | None]:
    """Return what the marks of each block say that it is, None where they say nothing or name what holds the body."""
    telling = {marks: _telling(marks) for marks in dict.fromkeys(block.marks for block in blocks)}
    covered: Counter[str] = Counter()
    prose = 0
    for block in blocks:
        if is_prose(block):
            prose += len(block.text)
            covered.update(dict.fromkeys(telling[block.marks], len(block.text)))
    most = _MOST_COVERED * prose
    return [
        next(
            (
                why
                for name, why in telling[block.marks].items()
                if covered.get(name, 0) <= most and _applies(why, block, at) and not _is_anchor(name, block.box)
            ),
            None,
        )
        for at, block in enumerate(blocks)
    ]


def _applies(why: str, block: Block, at: int) -> bool:
    """Return whether a name may mean this block: the lead of an article is often in a "teaser" or beside the byline."""
    if why in _LINKED:
        return block.link_share >= 0.5
    if why in _BESIDE_LEADS and at < _LEADS and block.link_share < 0.1:
        return len(block.text) < _SHORTEST_LEAD
    if why == "media":
        return not is_prose(block)
    return why != "caption" or block.tag not in _SUBHEADS


def _is_anchor(name: str, box: Box | None) -> bool:
    """Return whether a name is an id that repeats a heading's words: on a heading, or of three words or more."""
    wordy = len(_SPLIT.split(name)) > 2
    for _ in range(_DEEPEST):
        if box is None:
            break
        if (wordy or box.tag in _HEADINGS) and box.element.get("id", "").lower() == name:
            return True
        box = box.above
    return False


def _telling(marks: str) -> dict[str, str]:
    """Return the names among some marks that say what a block is, the innermost first, and what they say."""
    return {name: why for name in reversed(marks.split()) if (why := _reason(name[:100]))}


@lru_cache(maxsize=16_384)
def _reason(name: str) -> str | None:
    words = [word for word in _SPLIT.split(name) if word]
    pairs = [f"{first}-{second}" for first, second in pairwise(words)]
    known = next((_REASONS[part] for part in (*pairs, *words) if part in _REASONS), None)
    return known or next((why for why, stems in _STEMS.items() for word in words if word.startswith(stems)), None)
