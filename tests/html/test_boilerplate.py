"""Which lines of a body are taken out, and which stay."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.html.blocks import Block, read_blocks
from pipeline.html.boilerplate import Stated, boilerplate
from tests.html.elmtown import STATED, TEXT, after, before, line, paragraph, reasons


@pytest.mark.parametrize(
    "text",
    [
        "READ MORE: Ferry to Elm Island sails again",
        "[Related: Ferry to Elm Island sails again]",
        "Lesen Sie auch: Fähre nach Ulmeninsel fährt wieder",
        "À lire aussi : le bac reprend du service",
        "Lea también: El puente vuelve a abrir",
        "(Leggi anche: Il ponte riapre in maggio)",
        "Lees ook: Brug gaat weer open",
        "Czytaj także: Most znów otwarty",
        "Leia também: Ponte reabre em maio",
        "Läs också: Bron öppnar igen",
        "Les også: Broen åpner igjen",
        "Læs også: Broen åbner igen",
        "Lue myös: Silta aukeaa taas",
        "Čtěte také: Most se znovu otevírá",
        "Читайте также: Мост снова открыт",
        "Читайте також: Міст знову відкрито",
        "Citește și: Podul se redeschide",
        "Διαβάστε επίσης: Η γέφυρα ανοίγει ξανά",
        "اقرأ أيضا: الجسر يفتح من جديد",
        "Baca juga: Jembatan dibuka lagi",
        "Pročitajte i: Most je opet otvoren",
        "Čítajte aj: Most je opäť otvorený",
        "Прочетете още: Мостът отново е отворен",
        "【関連記事】橋が再び開通",
        "[관련기사] 다리 다시 열려",
    ],
)
def test_a_pointer_to_another_story_is_related_in_every_language(text: str) -> None:
    assert reasons(line(text, link_share=0.8)) == ["related"]


@pytest.mark.parametrize(
    ("text", "link_share", "reason"),
    [
        ("Sign up for our free newsletter and get the day's top stories in your inbox.", 0.2, "call_to_action"),
        ("Never miss a story by signing up to our newsletter today!", 0.0, "call_to_action"),
        ("Folgen Sie uns auf Facebook und Instagram", 0.4, "call_to_action"),
        ("Abonnieren Sie unseren Newsletter", 0.5, "call_to_action"),
        ("Abonnez-vous à notre newsletter", 0.5, "call_to_action"),
        ("© dpa-infocom, dpa:990101-99-000000/1", 0.0, "copyright"),
        ("Copyright 2031 Elm Post. All rights reserved.", 0.0, "copyright"),
        ("Alle Rechte vorbehalten.", 0.0, "copyright"),
        ("<Copyright ⓒ 느릅일보. 무단전재 및 재배포 금지>", 0.0, "copyright"),
        ("Foto: Jo Beispiel", 0.0, "caption"),
        ("Photo by Jo Example/Elm Pictures", 0.0, "caption"),
        ("The bridge before the flood. Photo: Jo Example", 0.0, "caption"),
        ("Melden Sie sich an, um weiterzulesen", 0.0, "wall"),
        ("To continue reading, become a subscriber.", 0.5, "wall"),
        ("Il vous reste 60 % de cet article à lire. La suite est réservée aux abonnés.", 0.0, "wall"),
        ("Wir verwenden Cookies, um Inhalte anzuzeigen.", 0.0, "consent"),
        ("Anzeige", 0.0, "advertisement"),
        ("Advertisement - story continues below", 0.0, "advertisement"),
        ("Passer la publicité", 1.0, "advertisement"),
        ("12 Kommentare", 0.0, None),
        ("Kommentare (12)", 0.0, "comments"),
        ("Zurück zur Startseite", 1.0, "navigation"),
        ("Link kopieren", 0.0, "share"),
        ("Image 2 of 5", 0.0, "media"),
        ("Publiziert: 03.04.2031, 12:35", 0.0, "byline"),
    ],
)
def test_stock_lines_have_their_reason_wherever_they_stand(text: str, link_share: float, reason: str | None) -> None:
    assert reasons(line(text, "div", link_share)) == [reason]


@pytest.mark.parametrize(
    "text",
    [
        "The minister asked people to sign up for our common future, as she put it, and to read more about the plan before "
        "they vote; a newsletter of the ministry will go to each household in the spring, with photos of the new bridge.",
        "Read more books and watch less television, the doctor advised his patients.",
        "Anzeige erstattete der Mann erst am folgenden Tag, als er den Schaden an seinem Wagen sah.",
        "Foto und Video waren bei der Feier verboten, wie der Sprecher des Vereins sagte.",
        "Die Kommentare der Nachbarn fielen deutlich aus.",
        "Copyrights of the songs belong to the heirs, the court found after a long dispute.",
        "Share prices fell by a tenth.",
        "By Tuesday the water had gone back.",
        "Mehr als 200 Menschen kamen zu der Feier.",
        "She was born in 1931 and died in 2019.",
        "Related proteins are found in mice.",
        "“Subscribe to the idea or leave,” he said.",
        "“Sign up for our newsletter and follow us on Monday,” the mayor joked.",
    ],
)
def test_a_paragraph_that_has_such_words_stays(text: str) -> None:
    assert reasons(line(text)) == [None]
    assert after(line(text)) == [None]


def test_a_heading_owns_the_links_behind_it_and_no_paragraph() -> None:
    links = [line(f"Another story of the week, number {number}", "li", 1.0) for number in range(3)]
    assert reasons(line("Mehr zum Thema", "h3"), *links) == ["related"] * 4


def test_a_heading_owns_the_rest_of_its_box_where_one_line_is_linked() -> None:
    teaser = "<div><h3>Read more</h3><p><a href='/ferry'>Ferry sails again</a></p><p>The boat to the island sails twice a day from May.</p></div>"
    page = f"<body><div>{''.join(f'<p>{paragraph(n).text}</p>' for n in range(8))}{teaser}<p>{TEXT}</p></div></body>"
    found = boilerplate(read_blocks(html.document_fromstring(page)).blocks, STATED)
    assert found == [None] * 8 + ["related"] * 3 + [None]


def test_a_heading_never_owns_the_article() -> None:
    page = f"<body><p>Elmtown</p><div><h3>Read more</h3>{''.join(f'<p>{paragraph(n).text}</p>' for n in range(8))}</div></body>"
    assert boilerplate(read_blocks(html.document_fromstring(page)).blocks, Stated())[2:] == [None] * 8


def test_a_paragraph_that_is_one_link_is_related_and_an_address_or_a_linked_subhead_is_text() -> None:
    assert reasons(line("Ferry to the island sails again in May", link_share=1.0)) == ["related"]
    assert reasons(line("In detail: ferry to the island sails again", link_share=0.7)) == ["related"]
    assert reasons(line("https://example.org/a-long-address-of-a-source", link_share=1.0)) == [None]
    assert reasons(line("The best bridge of the year so far", "h3", 1.0)) == [None]


def test_an_article_that_is_a_list_of_links_keeps_them() -> None:
    links = [line(f"A story of the week that we liked, number {number}", "li", 1.0) for number in range(20)]
    assert boilerplate([paragraph(0), *links], STATED) == [None] * 21


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        ("page newsletter-box__text", "call_to_action"),
        ("page relatedposts", "related"),
        ("page social-share", "share"),
        ("page image__caption", "caption"),
        ("page cookie-consent", "consent"),
        ("page inlinevideo-videofooter", "media"),
        ("page featured-video player", "media"),
        ("page inlineimage-imageembedcredit", "caption"),
        ("page commentary", None),
        ("page roadshow", None),
    ],
)
def test_the_words_of_a_class_tell_what_a_box_is(marks: str, reason: str | None) -> None:
    assert reasons(line("Something short that could be text", "div", 0.0, marks)) == [reason]


def test_a_sentence_beside_a_video_stays() -> None:
    assert reasons(line(TEXT, marks="page featured-video")) == [None]


LABELS = """<div><div class=a><div>Save this story</div></div><p>{0}</p><div>How it began</div><p>{1}</p>
<div class=b><div>Try again in a moment.</div></div><ul><li><div>An item</div></li></ul><p>{2}</p></div>"""


def test_labels_in_boxes_of_their_own_go_and_subheads_items_and_sentences_stay() -> None:
    paragraphs = [f"{TEXT} {number}" for number in range(3)]
    page = read_blocks(html.document_fromstring(LABELS.format(*paragraphs)))
    found = boilerplate(page.blocks, STATED)
    assert [block.text for block, why in zip(page.blocks, found, strict=True) if why] == ["Save this story"]


def test_short_lines_in_boxes_stay_where_the_text_has_no_paragraphs() -> None:
    markup = "".join(f"<div><div>Name {number}</div></div><div>{TEXT} {number}</div>" for number in range(5))
    page = read_blocks(html.document_fromstring(f"<div>{markup}</div>"))
    assert boilerplate(page.blocks, STATED) == [None] * len(page.blocks)


def test_a_day_with_its_time_is_a_byline_whatever_its_words() -> None:
    for text in ("sexta-feira, 22 de outubro de 2032 às 20:13", "Nov. 20, 2032Updated: Nov. 20, 2032 1:35 a.m."):
        assert before(line(text, "div")) == ["byline"]
    assert before(line("On the 20th of November 2032 at 13:35 the first stone of the new bridge fell.")) == [None]


def test_a_class_that_covers_the_body_says_nothing() -> None:
    marks = "page article-with-comments newsletter related"
    assert boilerplate([paragraph(number)._replace(marks=marks) for number in range(6)], STATED) == [None] * 6


def test_a_lead_in_a_box_named_teaser_is_text() -> None:
    assert before(line("After years of warnings the town at last replaces its bridge.", marks="page teaser")) == [None]


def test_title_kicker_bylines_and_dates_before_the_text_are_taken_out_and_the_summary_stays() -> None:
    first = [
        line("Home", "div", 1.0),
        line("Elmtown rebuilds its bridge", "h1"),
        line("After years of warnings the old bridge goes.", "h2"),
        line("By Ann Example and Bob Sample", "div"),
        line("Updated 4 May 2031, 18:20", "div"),
        line("Lesezeit: 3 Min.", "div"),
        line("47", "span"),
    ]
    expected = ["navigation", "title", None, "byline", "byline", "byline", "byline"]
    assert before(*first) == expected


def test_a_byline_with_the_dates_of_publication_and_update_in_its_line_is_taken_out() -> None:
    dated = "Von der Redaktion Sonntag, 4. Mai 2031, 12.00 Uhr Aktualisiert: Sonntag, 4. Mai 2031, 19.40 Uhr"
    sentence = "Von 10.30 Uhr bis 12.45 Uhr bleibt die Brücke am Sonntag, dem 4. Mai 2031, gesperrt."
    assert before(line("Elmtown rebuilds its bridge", "h1"), line(dated, "div")) == ["title", "byline"]
    assert before(line("Elmtown rebuilds its bridge", "h1"), line(sentence)) == ["title", None]


def test_a_summary_above_the_title_stays_and_other_lines_there_go() -> None:
    title = line("Elmtown rebuilds its bridge", "h1")
    assert before(line("Town and country", "div"), title) == ["header", "title"]
    assert before(line("After years of warnings the old bridge goes.", "h2"), title) == [None, "title"]


def test_a_headline_with_a_kicker_is_a_title_and_a_subhead_with_its_words_is_not() -> None:
    assert before(line("Traffic: Elmtown rebuilds its bridge", "h2")) == ["title"]
    assert reasons(line("How Elmtown rebuilds its bridge", "h2")) == [None]


def test_dates_inside_of_the_text_stay() -> None:
    assert reasons(line("4 May 2031", "h3"), line("On 4 May 2031 at 18:20 the bridge was closed.")) == [None, None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ann Example is a reporter covering traffic and has been with the paper since 2012.", "bio"),
        ("Ann Example ist Redakteurin im Ressort Verkehr.", "bio"),
        ("Ann Example", "bio"),
        ("(abc/dpa)", "credit"),
        ("Reporting by Ann Example; editing by Bob Sample", "bio"),
        ("(Reporting by Bob Sample in Elmtown)", "credit"),
        ("Additional reporting from Elm Agency", "credit"),
        ("Mit Agenturmaterial.", "credit"),
        ("Elm Post", "credit"),
        ("desk@elmpost.example", "contact"),
        ("Sign up for our morning letter here", "call_to_action"),
        ("The minister Ann Other is a reporter no more and went home to write a book about her years.", None),
        ("“I never saw the bridge again,” Bob Sample said.", None),
    ],
)
def test_what_stands_behind_the_text_is_told_by_its_place(text: str, reason: str | None) -> None:
    assert after(line(text)) == [reason]


def test_an_author_at_work_in_the_middle_of_the_text_stays() -> None:
    assert reasons(line("Ann Example is a reporter covering traffic, and that day she crossed the bridge.")) == [None]


def test_lines_that_came_from_elsewhere_have_their_reasons_too() -> None:
    assert reasons(Block("Lesen Sie auch: Fähre fährt wieder", "p", 0.0, "", None)) == ["related"]


@given(st.lists(st.builds(line, st.text(max_size=300), st.sampled_from(["p", "li", "h2", "div"]), st.floats(0, 1), st.text(max_size=30)), max_size=30))  # fmt: skip
def test_each_block_has_one_answer_and_it_is_always_the_same(blocks: list[Block]) -> None:
    found = boilerplate(blocks, STATED)
    assert len(found) == len(blocks)
    assert boilerplate(blocks, STATED) == found


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_paragraphs_alone_all_stay(numbers: list[int]) -> None:
    assert boilerplate([paragraph(number) for number in numbers], STATED) == [None] * len(numbers)


@pytest.mark.parametrize(
    "blocks",
    [
        [line(text * (1_000_000 // len(text)))]
        for text in ("a ", ":", "1.", "read more ", "(", "@a.", "© ", "関連", "\u0307")
    ]
    + [
        [line(text, marks="related " * 120)] * 20_000 for text in ("Read more", "1 May 2031", "a@b.c", "((((((", "x: y")
    ],
    ids=lambda blocks: f"{len(blocks)} x {blocks[0].text[:10]!r}",
)
def test_a_megabyte_of_anything_takes_a_moment(blocks: list[Block]) -> None:
    boilerplate([], STATED)
    start = time.process_time()
    boilerplate(blocks, STATED)
    assert time.process_time() - start < 4


def test_the_title_in_other_words_is_a_title_only_before_the_text() -> None:
    other = line("Elmtown at last rebuilds the old bridge", "h2")
    assert before(other) == ["title"]
    assert reasons(other) == [None]
    assert before(line("What the town has planned", "h2")) == [None]
