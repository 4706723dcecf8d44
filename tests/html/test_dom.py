from pipeline.html.dom import cut, decode, parse_page, text_within
from pipeline.model import Refusal
from tests.html import tree

GERMAN = "Grüße aus München, schöne Übung für Ärzte"


def text_of(payload: bytes, *declared: str) -> str:
    page = parse_page(payload, declared)
    assert not isinstance(page, Refusal)
    return " ".join(text_within(page.root).split())


def test_valid_utf8_wins_over_a_wrong_declaration() -> None:
    assert decode(GERMAN.encode(), ("iso-8859-1",)) == (GERMAN, False)


def test_a_declared_encoding_is_used_for_other_bytes() -> None:
    assert decode("Привет всем".encode("koi8-r"), ("koi8-r",)) == ("Привет всем", False)
    assert decode("„Zitat“".encode("cp1252"), ("iso-8859-1",)) == ("„Zitat“", False)


def test_the_pages_own_charset_is_read() -> None:
    assert text_of(b"<meta charset=cp1251><p>" + "Привет".encode("cp1251")) == "Привет"


def test_undeclared_western_bytes_are_detected() -> None:
    assert GERMAN in text_of(f"<p>{GERMAN} und früher war es für alle schöner.</p>".encode("latin-1"))


def test_one_broken_byte_does_not_change_the_encoding() -> None:
    assert decode(GERMAN.encode() * 3 + b"\xff") == (GERMAN * 3 + "\ufffd", True)


def test_utf16_is_read_by_its_mark() -> None:
    assert text_of(f"<p>{GERMAN}</p>".encode("utf-16")) == GERMAN


def test_codecs_that_no_page_uses_are_ignored() -> None:
    assert decode(b"\xfcber", ("punycode", "hex", "no-such-thing")) is not None


def test_surrogate_references_become_characters_or_nothing() -> None:
    assert text_of(b"<p>a &#xD83D;&#xDE00; b &#55357;&#56832; c &#xD83D; d</p>") == "a \U0001f600 b \U0001f600 c d"


def test_an_open_comment_mark_inside_a_script_is_none() -> None:
    page = parse_page(b"<p>one</p><script>if (a <!--b) c()</script><p>two</p>")
    assert not isinstance(page, Refusal)
    assert page.flags == ()


def test_random_bytes_are_no_page() -> None:
    found = parse_page(bytes((n * n * 7 + n // 3) % 255 + 1 for n in range(5000)))
    assert isinstance(found, Refusal)
    assert found.reason in ("undecodable", "not_html")


def test_cutting_an_element_keeps_the_text_behind_it() -> None:
    root = tree("<p>one <b>two</b> three <i>four</i> five</p>")
    for tag in ("b", "i"):
        cut(next(root.iter(tag)))
    assert " ".join(text_within(root).split()) == "one three five"
