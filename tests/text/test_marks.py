import pytest

from pipeline.text.marks import pair_marks


def inside(text: str) -> list[str]:
    return [text[quoted.start : quoted.end] for quoted in pair_marks(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Sie rief „komm mit“ und ging.",
        "Sie rief „komm mit” und ging.",
        "She cried “komm mit” and left.",
        'She cried "komm mit" and left.',
        "Elle crie «komm mit» et part.",
        "Elle crie «\u00a0komm mit\u00a0» et part.",
        "Sie rief »komm mit« und ging.",
        "She cried ‘komm mit’ and left.",
        "She cried 'komm mit' and left.",
        "Sie rief ‚komm mit‘ und ging.",
        "Hon ropade ”komm mit” och gick.",
        'She cried “komm mit" and left.',
    ],
)
def test_every_pair_of_marks_is_known(text: str) -> None:
    assert inside(text) == ["komm mit"]


def test_a_quotation_inside_a_quotation_is_one_of_its_own() -> None:
    assert inside("Er sagte: „Sie rief ‚Halt‘ und lief.“") == ["Sie rief ‚Halt‘ und lief.", "Halt"]
    assert inside("“She said ‘stop’ and ran.”") == ["She said ‘stop’ and ran.", "stop"]


def test_an_apostrophe_is_no_mark() -> None:
    assert inside("It's the workers' right, isn't it? The ’90s weren’t kind.") == []
    assert inside("‘It’s Anna’s turn’, he said.") == ["It’s Anna’s turn"]


def test_an_unclosed_mark_ends_where_the_next_opens() -> None:
    assert inside("„Das Tor bleibt zu, sagte Weber. „Morgen sehen wir weiter.“") == [
        "Das Tor bleibt zu, sagte Weber.",
        "Morgen sehen wir weiter.",
    ]


def test_a_quotation_may_go_on_in_the_next_paragraph() -> None:
    assert inside("„Erst warten wir.\n\nDann fahren wir“, sagte sie.") == ["Erst warten wir.\n\nDann fahren wir"]


def test_a_mark_repeated_at_each_paragraph_gives_a_quotation_a_paragraph() -> None:
    assert inside("“First we wait.\n\n“Then we go,” she said.") == ["First we wait.", "Then we go,"]


def test_marks_without_words_are_dropped() -> None:
    assert inside('„“ "" « » „ …“') == []


def test_inches_open_no_quotation() -> None:
    assert inside('The 15" screen cost less than the 17" one.') == []
