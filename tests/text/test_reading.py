import time

from pipeline.text.reading import tokens


def test_a_short_piece_of_a_long_text_costs_no_search_of_the_text() -> None:
    text = "Anna Keller. " * 200_000 + "„"  # two bytes a character
    started = time.process_time()
    for start in range(0, 260_000, 13):
        tokens(text, start, start + 12)
    assert time.process_time() - started < 1


def test_a_soft_hyphen_is_left_out_of_its_word_and_counts_in_offsets() -> None:
    assert [(word.start, word.text) for word in tokens("Ha\u00adfen am Kai", 0, 13)] == [
        (0, "Hafen"),
        (7, "am"),
        (10, "Kai"),
    ]
