"""Posts of other platforms as they are left in plain text: words, short links, a dash, name, handle, day."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.model import Embed, NewsDate
from pipeline.text.dates import parse_date
from pipeline.text.language import detect
from pipeline.text.normalise import fold_line

# A post has at most 280 characters, and a few short links of 23 to 36 behind them.
LONGEST_MESSAGE = 280
LONGEST_POST = 450

_DAY = (
    r"(?P<day>\d{1,2}(?:\.|er|º)?[ ](?:de[ ])?[^\W\d_]{3,12}\.?,?[ ](?:del?[ ])?\d{4}"
    r"|[^\W\d_]{3,12}\.?[ ]\d{1,2}(?:st|nd|rd|th)?,[ ]\d{4})(?!\d)"
)
# A plain hyphen needs a blank before it; the real dashes are often glued to the link.
_TWITTER = re.compile(
    r"(?:[\u2012-\u2015\u2212]|&mdash;|(?<!\S)--?)\s?(?P<name>[^\n()@]{1,60}?)\s?\(@(?P<handle>\w{1,15})\)"
    rf"(?:[,:\u00b7]?\s{{1,2}}{_DAY}|(?=[ ]?$))",
    re.MULTILINE,
)
_INSTAGRAM = re.compile(
    r"^(?:A (?:post|photo|video) (?:shared|posted) by|Ein (?:Beitrag|Foto|Video) geteilt von"
    r"|Une (?:publication|photo|vidéo) partagée par|Una (?:publicación|foto) compartida (?:de|por))[ ]"
    rf"(?P<name>[^\n()@]{{1,60}}?)\s?\(@(?P<handle>[\w.]{{1,30}})\)(?:[ ](?:on|am|le|el)[ ]{_DAY}[^\n]{{0,30}})?[ ]?$",
    re.MULTILINE,
)
# "t.co/AAAAAAAAAApic.twitter.com/BBBBBBBBBB" are two links: a post's text loses the blank between them.
_SHORT_URL = re.compile(
    r"(?:https?://(?:t\.co|bit\.ly|buff\.ly|ow\.ly|trib\.al|dlvr\.it)|pic\.(?:twitter|x)\.com)"
    r"/[A-Za-z0-9]{1,20}?(?=pic\.(?:twitter|x)\.com/|https?://|[^A-Za-z0-9]|$)"
)
_LAST_LINK = re.compile(rf"\s*{_SHORT_URL.pattern}\s*\Z")
_LINE_END = re.compile(r"[ .]?(?:\n|\Z)")
_SENTENCE_END = re.compile(r"[.!?\u2026][\"'\u201c\u201d\u2019\u00bb]?\s")
# Only dates without a year look at the time of capture, and _DAY has a year.
_NO_MATTER_WHEN = datetime(2000, 1, 1, tzinfo=UTC)


def find_posts(text: str, timezone: str) -> list[Embed]:
    """Return the posts in text in order of appearance, each spanning from its first word to its day; none overlap."""
    apart: list[Embed] = []
    if "(@" not in text:
        return apart
    for post in sorted([*_tweets(text, timezone), *_instagram_posts(text, timezone)], key=lambda post: post.char_start):
        if not apart or post.char_start >= apart[-1].char_end:
            apart.append(post)
    return apart


def cut_posts(text: str, timezone: str) -> tuple[str, list[Embed]]:
    r"""Return folded text without the paragraphs that are wholly posts, and all posts, placed in the text returned.

    A post that was cut has char_start = char_end = the place where its paragraph was; others stay and keep their span.
    A text without empty lines has a paragraph in each line.
    """
    break_ = _paragraph_break(text)
    kept: list[str] = []
    placed: list[Embed] = []
    size = cursor = 0
    for run in _runs(text, find_posts(text, timezone)):
        start, end = run[0].char_start, run[-1].char_end
        if not _fills_paragraphs(text, start, end, break_):
            shift = size - cursor
            placed += [_moved(post, post.char_start + shift, post.char_end + shift) for post in run]
            continue
        kept.append(text[cursor:start])
        size += start - cursor
        cursor = min(end + len(break_), len(text))
        placed += [_moved(post, size, size) for post in run]
    body = "".join([*kept, text[cursor:]])
    body = body.rstrip("\n") if kept else body
    return body, [_moved(post, min(post.char_start, len(body)), min(post.char_end, len(body))) for post in placed]


def _tweets(text: str, timezone: str) -> Iterator[Embed]:
    low = 0
    for signature in _TWITTER.finditer(text):
        start = _first_word(text, low, *signature.span())
        words = text[start : signature.start()]
        urls = tuple(_SHORT_URL.findall(words))
        if signature["day"] is None and not urls:
            continue
        low = signature.end()
        posted = _posted(signature["day"], timezone)
        message = fold_line(_SHORT_URL.sub(" ", words)) or None
        yield Embed(
            start,
            signature.end(),
            "twitter",
            author_name=fold_line(signature["name"]) or None,
            author_handle=signature["handle"],
            posted_at=posted and posted.instant,
            posted_at_precision=posted and posted.precision,
            text=message,
            in_language=detect(message)[0] if message else None,
            short_urls=urls,
        )


def _instagram_posts(text: str, timezone: str) -> Iterator[Embed]:
    for line in _INSTAGRAM.finditer(text):
        posted = _posted(line["day"], timezone)
        yield Embed(
            *line.span(),
            "instagram",
            author_name=fold_line(line["name"]) or None,
            author_handle=line["handle"],
            posted_at=posted and posted.instant,
            posted_at_precision=posted and posted.precision,
        )


def _first_word(text: str, low: int, signature: int, end: int) -> int:
    """Return where the post signed at `signature` begins, not before `low`.

    A line that ends with the signature is a post as a whole, and so is the line before one of a signature alone. In a
    running paragraph, and where the line is too long for a post or the text's first, the last sentence is the post:
    better a post that is read as the article's words than an article that is not read.
    """
    low = max(low, signature - LONGEST_POST)
    last = len(text[low:signature].rstrip()) + low
    line = text.rfind("\n", low, last)
    start = low if line < 0 else line + 1
    message = _SHORT_URL.sub("", text[start:last]).rstrip()
    if line < 0 or len(message) > LONGEST_MESSAGE or not _LINE_END.match(text, end):
        start = _last_sentence(text, start, last)
    while start < signature and text[start].isspace():
        start += 1
    return start


def _last_sentence(text: str, start: int, end: int) -> int:
    """Return where the last sentence of text[start:end] begins; its links belong to it, wherever it ends."""
    while (link := _LAST_LINK.search(text, start, end)) is not None:
        end = link.start()
    for sentence in _SENTENCE_END.finditer(text, start, end):
        start = sentence.end()
    return max(start, text.find(" ", end - LONGEST_MESSAGE, end)) if end - start > LONGEST_MESSAGE else start


def _posted(day: str | None, timezone: str) -> NewsDate | None:
    return parse_date(day, "text", timezone, _NO_MATTER_WHEN) if day else None


def _runs(text: str, posts: list[Embed]) -> list[list[Embed]]:
    """Return posts grouped so that nothing but white space is between those of a group."""
    runs: list[list[Embed]] = []
    for post in posts:
        if runs and not text[runs[-1][-1].char_end : post.char_start].strip():
            runs[-1].append(post)
        else:
            runs.append([post])
    return runs


def _fills_paragraphs(text: str, start: int, end: int, break_: str) -> bool:
    begins = start == 0 or text.endswith(break_, 0, start)
    return begins and (end == len(text) or text.startswith(break_, end))


def _paragraph_break(text: str) -> str:
    return "\n\n" if "\n\n" in text else "\n"


def _moved(post: Embed, start: int, end: int) -> Embed:
    return post._replace(char_start=start, char_end=end)
