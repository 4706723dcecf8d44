"""Which words of a text are compared."""

from pipeline.text.shingles import MOST_CHARACTERS, own_text, shingles, words


def test_words_are_kept_as_written_and_a_number_with_its_fraction_is_one() -> None:
    assert words("Um 14.30 Uhr: 1.250,75 Euro, sagte O’Neil.") == [
        "Um",
        "14.30",
        "Uhr",
        "1.250,75",
        "Euro",
        "sagte",
        "O",
        "Neil",
    ]


def test_where_words_are_not_parted_each_character_is_one() -> None:
    assert words("東京で2人") == ["東", "京", "で", "2人"[0], "人"]


def test_shingles_are_all_words_in_a_row_in_lower_case() -> None:
    assert shingles(["The", "cat", "sat", "on", "the", "cat"]) == {
        "the cat sat",
        "cat sat on",
        "sat on the",
        "on the cat",
    }
    assert shingles(["two", "words"]) == set()
    assert shingles(["a", "b", "c"], 2) == {"a b", "b c"}


def test_posts_credits_and_pointers_are_not_the_articles_own() -> None:
    body = (
        "The bridge is closed.\nGreat bridge! Ada (@ada)\nRead more: Another bridge\nSource: dpa\nIt opens on Monday."
    )
    start = body.index("Great")
    assert words(own_text(body, [(start, body.index("\nRead"))])) == [
        "The",
        "bridge",
        "is",
        "closed",
        "It",
        "opens",
        "on",
        "Monday",
    ]


def test_a_sentence_that_begins_like_a_credit_but_is_a_paragraph_stays() -> None:
    body = "Source: a long story. " + "It goes on and on. " * 20
    assert own_text(body, []) == body


def test_a_text_is_compared_up_to_a_limit() -> None:
    assert len(own_text("word " * MOST_CHARACTERS, [])) == MOST_CHARACTERS
