import pytest

from pipeline.html.dom import parse_page, text_within
from pipeline.html.encoding import as_utf8
from pipeline.model import Refusal

GERMAN = "Grüße aus München, schöne Übung für Ärzte"
RUSSIAN = "Мэр города сообщил в понедельник, что мост через реку закрыт до конца недели."
JAPANESE = "市長は月曜日、川にかかる橋を週末まで閉鎖すると発表した。住民は驚いている。"
KOREAN = "시장은 월요일 강을 가로지르는 다리를 주말까지 폐쇄한다고 밝혔다. 주민들은 놀랐다."
CHINESE = "市长星期一宣布，横跨河流的大桥将关闭到周末。居民们对此感到惊讶。"


def read(payload: bytes, *declared: str | None) -> tuple[str, tuple[str, ...]]:
    found = as_utf8(payload, declared)
    assert found is not None
    return found[0].decode(), found[1]


def text_of(payload: bytes, *declared: str) -> str:
    page = parse_page(payload, declared)
    assert not isinstance(page, Refusal)
    return " ".join(text_within(page.root).split())


def test_valid_utf8_wins_over_a_wrong_declaration() -> None:
    assert read(GERMAN.encode(), "iso-8859-1") == (GERMAN, ())


def test_a_declared_encoding_is_used_for_other_bytes() -> None:
    assert read("Привет всем".encode("koi8-r"), "koi8-r") == ("Привет всем", ())
    assert read(b"\xfcber", "iso-8859-1") == ("über", ())
    assert read("„Zitat“".encode("cp1252"), "iso-8859-1") == ("„Zitat“", ())


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [(CHINESE + "镕", "gbk", "gb2312"), (JAPANESE + "①", "cp932", "shift_jis"), (KOREAN + "똠", "cp949", "euc-kr")],
)
def test_labels_are_read_as_browsers_read_them(text: str, codec: str, label: str) -> None:
    assert read(text.encode(codec), label) == (text, ())


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", None])
@pytest.mark.parametrize(
    ("text", "codec"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis"), (KOREAN, "euc-kr"), (CHINESE, "gb18030")],
)
def test_undeclared_and_wrongly_declared_encodings_are_detected_and_flagged(
    text: str, codec: str, label: str | None
) -> None:
    payload = b"<html><head><title>x</title></head><body><p class='story'>%b</p></body>" % text.encode(codec)
    found, flags = read(payload, label)
    assert text in found
    assert flags == ("guessed_encoding",)


def test_the_pages_own_charset_is_read() -> None:
    assert text_of(b"<meta charset=cp1251><p>" + "Привет".encode("cp1251")) == "Привет"


def test_undeclared_western_bytes_are_detected() -> None:
    assert GERMAN in text_of(f"<p>{GERMAN} und früher war es für alle schöner.</p>".encode("latin-1"))


def test_one_broken_byte_does_not_change_the_encoding() -> None:
    assert read(GERMAN.encode() * 3 + b"\xe4\xb8") == (GERMAN * 3 + "\ufffd", ("replaced_bytes",))
    text, flags = read((JAPANESE * 3).encode("euc-jp") + b"\xff<p>", "euc-jp")
    assert (text.count("\ufffd"), flags) == (1, ("replaced_bytes",))


def test_bytes_pasted_from_windows_are_read_in_a_page_of_utf8() -> None:
    payload = (GERMAN * 3).encode() + b" It\x92s \x93so\x94 at the caf\xe9."
    assert read(payload) == (GERMAN * 3 + " It’s “so” at the café.", ("replaced_bytes",))


@pytest.mark.parametrize("text", [GERMAN + " – „so“", RUSSIAN, "Jusqu’à l’été, c’était déjà fermé"])
def test_text_that_was_encoded_twice_is_mended_and_flagged(text: str) -> None:
    twice = "".join(
        bytes([byte]).decode("cp1252") if byte not in b"\x81\x8d\x8f\x90\x9d" else chr(byte) for byte in text.encode()
    )
    assert read(f"<p>{twice}</p>".encode()) == (f"<p>{text}</p>", ("mojibake",))


@pytest.mark.parametrize(
    "text", ["weiß“ " * 9, "MANHÃ\xa0" * 9, "le café\xa0» " * 9, "Å " * 9, "<script>// sÃ£o, atÃ©, nÃ£o</script>ç"]
)
def test_rare_letters_before_quotes_are_not_taken_for_text_encoded_twice(text: str) -> None:
    assert read(text.encode()) == (text, ())


def test_utf16_is_read_by_its_mark() -> None:
    assert text_of(f"<p>{GERMAN}</p>".encode("utf-16")) == GERMAN


@pytest.mark.parametrize("mark", ["\ufeff", "", "\n "])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_is_read_without_its_mark(codec: str, mark: str) -> None:
    assert text_of(f"{mark}<p>{GERMAN}</p>".encode(codec)) == GERMAN


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be"])
def test_every_byte_order_mark_is_known(codec: str) -> None:
    assert text_of(f"\ufeff<p>{GERMAN}</p>".encode(codec)) == GERMAN


def test_japanese_of_seven_bits_is_read() -> None:
    assert text_of(f"<p>{JAPANESE}</p>".encode("iso-2022-jp")) == JAPANESE


def test_a_replacement_character_that_the_page_holds_is_no_sign_of_another_encoding() -> None:
    assert read("<p>one \ufffd sign</p>".encode(), "iso-8859-1") == ("<p>one \ufffd sign</p>", ())


def test_codecs_that_no_page_uses_are_ignored() -> None:
    assert as_utf8(b"\xfcber", ("punycode", "hex", "no-such-thing")) is not None
