"""When a text repeats another, and when both were only made from one form."""

import random
import time

import pytest

from pipeline.text.likeness import is_same_form, likeness
from pipeline.text.shingles import shingles, words

WEATHER = (
    "Das Wetter in {0} am {1}: Die Höchstwerte liegen bei {2} Grad, in der Nacht sinken die Temperaturen auf {3} Grad. "
    "Der Wind weht mäßig und erreicht in Böen bis zu {4} Kilometer pro Stunde. Die Angaben stammen vom Wetterdienst und "
    "werden automatisch aus dessen Daten erstellt. Die Aussichten für die kommenden Tage stehen auf unserer Wetterseite."
)
NOTICE = (
    "Notice is hereby given that {0} of {1} has applied to the council for permission to put up {2} dwellings at {3}. "
    "The reference is {4}. A copy of the application may be inspected at the council offices during office hours. Any "
    "person who wishes to object should do so in writing within twenty-one days of the date of this notice. All letters "
    "received will be open to the public and cannot be treated as confidential by the council or by its officers."
)
NEWS = (
    "The ferry to Sandwick will not sail before Thursday, the harbour office said. A rope had wound itself around one "
    "of the screws when the ship left the quay on Monday with 140 people on board. Divers found damage to the shaft. "
    "Passengers were brought back in lifeboats; nobody was hurt. The operator has hired a smaller boat, which takes no "
    "cars. Captain Helen Marsh said that she had never seen anything like it in 30 years at sea. The island has 900 "
    "inhabitants and one shop, which expects to run out of fresh bread by tomorrow evening."
)


def alike(text: str, other: str) -> bool:
    found = likeness(shingles(words(text)), shingles(words(other)))
    return found.suffices and not is_same_form(words(text), words(other))


@pytest.mark.parametrize(
    "pair",
    [
        [WEATHER.format("Lothafen", "Montag", 12, 3, 40), WEATHER.format("Steinmoor", "Freitag", 25, 14, 65)],
        [
            NOTICE.format("Ruth Calloway", "Mill Lane", 4, "Quayside", "25/1187"),
            NOTICE.format("Derek Pell", "Hill Street", 11, "Park Row", "24/0912"),
        ],
    ],
)
def test_two_texts_of_one_form_share_half_of_their_words_and_are_no_copies(pair: list[str]) -> None:
    assert likeness(*(shingles(words(text)) for text in pair)).suffices
    assert not alike(*pair)


def test_a_copy_with_a_new_figure_and_a_new_lead_is_one() -> None:
    assert alike(NEWS.replace("140", "143"), NEWS)
    assert alike("Sandwick stays cut off. Islanders are patient. " + NEWS[70:], NEWS)


def test_a_copy_with_other_words_here_and_there_is_one() -> None:
    rng = random.Random(4)
    some = words(NEWS)
    for place in rng.sample(range(len(some)), len(some) // 12):
        some[place] = rng.choice(["boat", "water", "slowly", "again", "Winter", "Elmtown", "green", "of", "7"])
    assert alike(" ".join(some), NEWS)


def test_a_cut_text_is_contained_and_a_long_one_that_cites_it_is_no_copy() -> None:
    short, long = NEWS[:330], NEWS + " " + WEATHER * 4 + NOTICE * 3
    assert likeness(shingles(words(short)), shingles(words(long))).containment == 1.0
    assert alike(short, long)
    assert not alike(long, short)


def test_a_shared_sentence_is_not_enough_and_an_empty_text_is_like_none() -> None:
    assert not alike(NEWS[:120], NEWS[:120])
    assert likeness(set(), {"a"}) == (0.0, 0.0, 0)


def test_texts_without_end_are_compared_in_no_time() -> None:
    rng = random.Random(1)
    text = [f"w{rng.randrange(5)}" for _ in range(30_000)]
    started = time.process_time()
    is_same_form(text, text[::-1])
    assert time.process_time() - started < 1
