"""Addresses of posts on other platforms: platform, handle, id and, where the id holds it, the time of posting."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

LONGEST = 4_000

_HANDLE = r"(?P<handle>[\w.-]{1,80})"
_RULES = tuple(
    (platform, re.compile(rf"(?<![\w-]){rule}"))
    for platform, rule in (
        ("twitter", r"(?:twitter|x)\.com/(?P<handle>\w{1,30})/status(?:es)?/(?P<id>\d{1,20})"),
        ("twitter", r"platform\.twitter\.com/embed/.{0,300}[?&#]id=(?P<id>\d{1,20})"),
        ("instagram", rf"instagram\.com/(?:{_HANDLE}/)?(?:p|reel|tv)/(?P<id>[\w-]{{5,40}})"),
        ("facebook", rf"facebook\.com/{_HANDLE}/(?:posts|videos|photos)/(?:[\w.-]{{1,100}}/)?(?P<id>\w{{5,100}})"),
        ("facebook", r"facebook\.com/(?:watch|\w{4,20}\.php)/?\?.{0,300}?\b(?:v|fbid|story_fbid)=(?P<id>\w{5,100})"),
        ("youtube", r"youtube(?:-nocookie)?\.com/(?:embed|shorts|live|v)/(?P<id>[\w-]{11})(?![\w-])"),
        ("youtube", r"youtube\.com/watch\?(?:.{0,200}&)?v=(?P<id>[\w-]{11})(?![\w-])"),
        ("youtube", r"youtu\.be/(?P<id>[\w-]{11})(?![\w-])"),
        ("tiktok", r"tiktok\.com/(?:@(?P<handle>[\w.]{1,40})/video|embed(?:/v\d)?|player/v1)/(?P<id>\d{6,25})"),
        ("telegram", r"t\.me/(?:s/)?(?P<handle>[A-Za-z]\w{3,40})/(?P<id>\d{1,12})"),
        ("bluesky", r"bsky\.app/profile/(?P<handle>[\w.:-]{3,100})/post/(?P<id>\w{5,30})"),
        ("bluesky", r"embed\.bsky\.app/embed/(?P<handle>[\w.:-]{3,100})/app\.bsky\.feed\.post/(?P<id>\w{5,30})"),
        ("bluesky", r"at://(?P<handle>[\w.:-]{3,100})/app\.bsky\.feed\.post/(?P<id>\w{5,30})"),
        (
            "mastodon",
            r"(?P<url>https?://[\w.-]{3,100}/@(?P<handle>[\w.@-]{1,100})/(?P<id>\d{10,20}))(?:/embed)?/?(?:[?#]|$)",
        ),
    )
)
# How a platform writes the address of a post; the others keep theirs, without its query.
_ADDRESSES = {
    "twitter": "https://twitter.com/{handle}/status/{id}",
    "instagram": "https://www.instagram.com/p/{id}/",
    "youtube": "https://www.youtube.com/watch?v={id}",
    "telegram": "https://t.me/{handle}/{id}",
    "bluesky": "https://bsky.app/profile/{handle}/post/{id}",
}
_NO_HANDLES = frozenset({"i", "web", "plugins", "watch"})
# A plugin's frame names the post in an argument.
_ARGUMENT = re.compile(r"[?&](?:href|url)=(https?%3A%2F%2F[^&]{1,2000})", re.IGNORECASE)

# Ids above this hold the millisecond of posting (since 4 November 2010).
_FIRST_SNOWFLAKE = 29_700_859_247
_SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)


class PostUrl(NamedTuple):
    """What the address of a post tells."""

    platform: str
    post_id: str
    url: str
    handle: str | None
    posted_at: datetime | None


def read_post_url(address: str | None) -> PostUrl | None:
    """Return what the address of a post, or of a frame that shows one, tells; None when it is no post's."""
    url = (address or "")[:LONGEST].strip()
    if argument := _ARGUMENT.search(url):
        url = unquote(argument[1])
    for platform, rule in _RULES:
        if match := rule.search(url):
            return _post(platform, match, url)
    return None


def _post(platform: str, match: re.Match[str], url: str) -> PostUrl:
    found = match.groupdict()
    handle = None if found.get("handle") in _NO_HANDLES else found.get("handle")
    whole = url if "=" in match[0] else url.partition("?")[0]
    form = _ADDRESSES.get(platform)
    own = form.format(handle=handle or "i", id=found["id"]) if form else found.get("url") or whole
    return PostUrl(platform, found["id"], own, handle, _snowflake(found["id"]) if platform == "twitter" else None)


def _snowflake(post_id: str) -> datetime | None:
    if not _FIRST_SNOWFLAKE <= int(post_id) < 1 << 63:
        return None
    return (_SNOWFLAKE_EPOCH + timedelta(milliseconds=int(post_id) >> 22)).replace(microsecond=0)
