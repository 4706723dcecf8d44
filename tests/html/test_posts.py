import pytest

from pipeline.html.blocks import as_blocks
from pipeline.html.dom import text_within
from pipeline.html.posts import MAX_POSTS, cut_posts, lift_tokens
from pipeline.model import Embed
from tests.html import CAPTURED, tree


def posts(markup: str) -> list[Embed]:
    return [post.embed for post in cut_posts(tree(f"<div>{markup}</div>"), "seed", "UTC", CAPTURED)]


def test_a_quotation_that_is_no_post_stays() -> None:
    root = tree('<blockquote><p>Words of <a href="https://example.org/a">a poet</a></p></blockquote>')
    assert cut_posts(root, "seed", "UTC", CAPTURED) == []
    assert "Words of a poet" in text_within(root)


def test_a_quotation_that_links_to_a_post_without_being_one_stays() -> None:
    assert (
        posts('<blockquote>As <a href="https://twitter.com/ab/status/20">he wrote</a>, all is well.</blockquote>') == []
    )


def test_a_tweet_without_its_class_is_known_by_its_signature() -> None:
    (tweet,) = posts(
        "<blockquote><p>Good news</p>&mdash; Ann Bee (@annbee) "
        '<a href="https://x.com/annbee/status/20?s=20">March 21, 2006</a></blockquote>'
    )
    assert (tweet.author_name, tweet.author_handle, tweet.text) == ("Ann Bee", "annbee", "Good news")
    assert tweet.post_url == "https://twitter.com/annbee/status/20"
    assert tweet.posted_at is not None
    assert (tweet.posted_at.date().isoformat(), tweet.posted_at_precision) == ("2006-03-21", "day")


def test_an_instagram_post_has_its_caption_not_its_signature() -> None:
    (post,) = posts(
        '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/AbC-12_x/?utm=1">'
        "<p><a>Waves</a></p><p>A post shared by Ann Bee (@ann.bee) on "
        '<time datetime="2019-08-01T10:02:00+00:00">Aug 1, 2019</time></p></blockquote>'
    )
    assert (post.platform, post.post_id, post.author_handle, post.text) == ("instagram", "AbC-12_x", "ann.bee", "Waves")
    assert post.posted_at_precision == "second"


def test_bluesky_posts_are_known_by_their_uri() -> None:
    (post,) = posts(
        '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:abc/app.bsky.feed.post/3kxyz12">'
        '<p lang="en">Hello</p>&mdash; Ann (<a href="#">@ann.bsky.social</a>) <a href="#">May 2, 2024</a></blockquote>'
    )
    assert (post.platform, post.post_id, post.author_handle) == ("bluesky", "3kxyz12", "ann.bsky.social")


def test_a_facebook_post_is_one_post_though_it_nests() -> None:
    (post,) = posts(
        '<div class="fb-post" data-href="https://www.facebook.com/ann/posts/1234567">'
        '<blockquote cite="https://www.facebook.com/ann/posts/1234567"><p>Hello</p></blockquote></div>'
    )
    assert (post.platform, post.author_handle, post.text) == ("facebook", "ann", "Hello")


@pytest.mark.parametrize(
    ("markup", "platform", "post_id", "detection"),
    [
        ('<iframe data-src="//www.youtube.com/embed/a1B2c3D4e5F"></iframe>', "youtube", "a1B2c3D4e5F", "iframe"),
        (
            '<iframe src="https://social.example/@ann/110123456789012345/embed"></iframe>',
            "mastodon",
            "110123456789012345",
            "iframe",
        ),
        ('<script data-telegram-post="channel/123" src="w.js"></script>', "telegram", "123", "iframe"),
        ('<amp-twitter data-tweetid="1632618240000000000"></amp-twitter>', "twitter", "1632618240000000000", "amp"),
        ('<amp-youtube data-videoid="a1B2c3D4e5F"></amp-youtube>', "youtube", "a1B2c3D4e5F", "amp"),
    ],
)
def test_frames_and_amp_elements_are_posts(markup: str, platform: str, post_id: str, detection: str) -> None:
    (post,) = posts(markup)
    assert (post.platform, post.post_id, post.detection) == (platform, post_id, detection)


def test_frames_of_anything_else_are_none() -> None:
    assert posts('<iframe src="https://maps.example.org/embed?x=1"></iframe><iframe></iframe>') == []


def test_posts_beyond_the_most_are_cut_and_leave_no_token() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe> word '
    root = tree(f"<article><p>{frame * (MAX_POSTS + 50)}</p></article>")
    found = cut_posts(root, "seed", "UTC", CAPTURED)
    words = text_within(root).split()
    assert (len(found), words.count("word")) == (MAX_POSTS + 50, MAX_POSTS + 50)
    assert [word for word in words if word != "word"] == [post.token for post in found[:MAX_POSTS]]


def test_the_wrappers_of_a_post_go_with_it() -> None:
    root = tree(
        '<article><p>a</p><div class="embed"><div><iframe src="https://youtu.be/a1B2c3D4e5F"></iframe></div></div></article>'
    )
    (post,) = cut_posts(root, "seed", "UTC", CAPTURED)
    assert [element.tag for element in root.iter("article", "p", "div", "iframe")] == ["article", "p", "p"]
    assert post.token in text_within(root)


def test_tokens_are_lifted_from_blocks_with_their_offsets() -> None:
    page, places = lift_tokens(as_blocks(["One Postabn0n two", "Postabn1n", "Postabn2n Postabn3n three"]), "ab")
    assert [block.text for block in page.blocks] == ["One two", "", "three"]
    assert list(places.values()) == [(0, 3), (1, 0), (2, 0), (2, 0)]
    assert list(places) == [f"Postabn{number}n" for number in range(4)]


def test_words_that_look_like_the_tokens_of_another_page_stay() -> None:
    page, places = lift_tokens(as_blocks(["A Postcdn0n stays"]), "ab")
    assert (page.blocks[0].text, places) == ("A Postcdn0n stays", {})
