import pytest

from pipeline.text.post_urls import read_post_url


@pytest.mark.parametrize(
    ("address", "platform", "post_id", "handle"),
    [
        ("https://mobile.twitter.com/ann_b/status/20?s=20", "twitter", "20", "ann_b"),
        ("https://x.com/i/web/status/20", None, None, None),
        (
            "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=1632618240000000000",
            "twitter",
            "1632618240000000000",
            None,
        ),
        ("https://www.instagram.com/reel/AbC-12_x/embed/", "instagram", "AbC-12_x", None),
        ("https://www.youtube.com/watch?list=x&v=a1B2c3D4e5F", "youtube", "a1B2c3D4e5F", None),
        ("https://www.tiktok.com/@ann.b/video/7012345678901234567", "tiktok", "7012345678901234567", "ann.b"),
        ("https://t.me/channel/77?embed=1", "telegram", "77", "channel"),
        (
            "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fann%2Fposts%2F1234567&width=5",
            *("facebook", "1234567", "ann"),
        ),
        ("https://netflix.com/ann/status/20", None, None, None),
        ("https://example.org/post.me/channel/77", None, None, None),
        (None, None, None, None),
    ],
)
def test_addresses_tell_platform_id_and_handle(
    address: str | None, platform: str | None, post_id: str | None, handle: str | None
) -> None:
    found = read_post_url(address)
    assert (found and found.platform, found and found.post_id, found and found.handle) == (platform, post_id, handle)


def test_an_id_of_twitter_holds_the_time_of_posting() -> None:
    found = read_post_url("https://twitter.com/ann/status/1632618240000000000")
    assert found is not None
    assert found.posted_at is not None
    assert found.posted_at.isoformat() == "2023-03-06T05:44:55+00:00"


def test_a_hostile_address_costs_no_time() -> None:
    assert read_post_url("https://www.facebook.com/watch/?" + "v" * 1_000_000) is None
