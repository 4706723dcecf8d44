"""The command line as a user meets it: what is printed, what is left behind, and how it ends when something is wrong."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.cli import main
from pipeline.settings import Settings
from tests.conftest import SEEDS

NEWSMILL = [sys.executable, "-c", "from pipeline.cli import main; main()"]
TEXT = (
    " date 2026-02 Der Deich bei Lornsund hielt auch in der vergangenen Nacht.\n\n"
    "„Wir hatten Glück mit dem Wind und mit der Tide“, sagte Bürgermeister Enno Tamsen am Montag.\n"
)


def newsmill(*arguments: str | Path, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """What a call of the command line comes to, made in this process: each new one spends seconds on imports."""
    command = ["newsmill", *map(str, arguments)]
    given, out, err = (TextIOWrapper(BytesIO(text.encode()), "utf-8", newline="") for text in (stdin, "", ""))
    code: Any = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment(home).items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", command)
        patch.setattr("sys.stdin", given)
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    said, complained = (stream.detach() for stream in (out, err))
    return subprocess.CompletedProcess(command, code, text_of(said), text_of(complained))


def text_of(stream: BytesIO) -> str:
    return stream.getvalue().decode()


def environment(home: Path) -> dict[str, str]:
    return {"NEWSMILL_HOME": str(home), "NEWSMILL_SOURCES": str(SEEDS), "COLUMNS": "200"}


def process(*arguments: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    """What a call of the command line comes to, made as its own process."""
    command = [*NEWSMILL, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment(home), timeout=120)


def corpus(folder: Path, **files: bytes | str) -> Path:
    folder.mkdir()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def test_a_corpus_is_loaded_queried_shown_and_verified(tmp_path: Path) -> None:
    home, texts = tmp_path / "home", corpus(tmp_path / "texts", a_txt=TEXT, b_txt="")
    loaded = process("load", texts, "--kind", "text", "--source", "dyke", "--date", "2026-03-01", home=home)
    assert loaded.returncode == 0, loaded.stderr
    assert "dyke-2026-03-01" in loaded.stdout and "rejected 1" in loaded.stdout
    asked = newsmill("sql", "SELECT speaker, quotation FROM quotes", home=home)
    assert "Enno Tamsen" in asked.stdout and "Wir hatten Glück" in asked.stdout
    piped = newsmill("sql", home=home, stdin="SELECT article_id FROM articles;\nSELECT reason FROM rejects;\n")
    assert piped.returncode == 0, piped.stderr
    assert "empty_payload" in piped.stdout
    article_id = next(word for word in piped.stdout.split() if len(word) == 32)
    assert newsmill("show", article_id, "--raw", home=home).stdout == TEXT
    assert "Lornsund" in newsmill("show", article_id, home=home).stdout
    assert process("verify", home=home).stdout == "verified: nothing disagrees\n"
    assert "dyke-2026-03-01" in newsmill("status", home=home).stdout


def test_try_shows_rows_and_writes_nothing(tmp_path: Path) -> None:
    shown = newsmill("try", "courier", "--date", "2026-03-01", "--documents", "3", home=tmp_path / "home")
    assert shown.returncode == 0, shown.stderr
    assert "articles" in shown.stdout and "courier/2026-03-01/" in shown.stdout
    assert not (tmp_path / "home").exists()


def test_answers_are_written_for_programs(sample: Settings, tmp_path: Path) -> None:
    statement = "SELECT headline, authors FROM articles_current ORDER BY headline NULLS LAST"
    asked = newsmill("sql", statement, "--format", "json", "--rows", "3", home=sample.home)
    assert len(json.loads(asked.stdout)) == 3
    (tmp_path / "stories.sql").write_text(f"-- with a comment first\n{statement};\n", "utf-8")
    written = newsmill(
        "sql", tmp_path / "stories.sql", "--format", "csv", "--output", tmp_path / "out.csv", home=sample.home
    )
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("headline,authors\n")
    assert newsmill("sql", statement, "--output", tmp_path / "x", home=sample.home).returncode == 2


def test_what_can_be_asked_for_is_listed_without_a_prompt(sample: Settings) -> None:
    assert "claims_current" in newsmill("sql", ".tables", home=sample.home).stdout
    assert "claimant" in newsmill("sql", ".columns claims_current", home=sample.home).stdout
    assert ".macros" in newsmill("sql", ".nonsense", home=sample.home).stdout


def test_a_long_value_does_not_fill_the_screen(sample: Settings) -> None:
    shown = newsmill("sql", "SELECT article_body FROM articles ORDER BY word_count DESC LIMIT 1", home=sample.home)
    assert "…" in shown.stdout and len(shown.stdout) < 1500


def test_words_find_articles_with_their_context(sample: Settings) -> None:
    found = newsmill("search", "zugunglück", "--language", "de", "--rows", "1", home=sample.home)
    assert "Zugunglück" in found.stdout and "https://www.brennsunder-kurier.example/" in found.stdout
    assert newsmill("search", "gibtesnicht", home=sample.home).stdout == "nothing found\n"
    assert newsmill("search", "zug", "--since", "gestern", home=sample.home).returncode == 2


def test_an_export_is_a_directory_with_a_manifest(sample: Settings, tmp_path: Path) -> None:
    made = newsmill("export", tmp_path / "out", "--table", "quotes", home=sample.home)
    assert made.returncode == 0, made.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"quotes.parquet", "manifest.json"}
    assert newsmill("export", tmp_path / "out", home=sample.home).returncode == 2


def test_sources_are_listed_with_their_files(tmp_path: Path) -> None:
    assert "harbour_wire" in newsmill("sources", "--date", "2026-03-01", home=tmp_path).stdout


def test_docs_prints_the_data_dictionary(tmp_path: Path) -> None:
    written = (Path(__file__).parent.parent / "docs" / "tables.md").read_text("utf-8")
    assert newsmill("docs", home=tmp_path).stdout == written


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["load", "nowhere"], "nowhere: no such file or directory", 2),
        (["load", "texts", "--kind", "pdf"], "kinds are text, jsonl, html, warc", 2),
        (["load", "texts", "--source", "Bad Id"], "an id is", 2),
        (["load", "texts", "--date", "yesterday"], "write it as YYYY-MM-DD", 2),
        (["load", "mixed"], "say which with --kind", 2),
        (["run", "--sources", "missing.toml"], "missing.toml: no such file", 2),
        (["run", "--sources", "broken.toml"], "broken.toml: not valid TOML", 2),
        (["run", "--sources", "odd.toml"], "unknown key `knd`", 2),
        (["run", "--source", "curier"], "did you mean `courier`", 2),
        (["try", "nobody"], "no source is called 'nobody'", 2),
        (["sql", "SELECT 1"], "nothing was loaded there", 2),
        (["verify"], "nothing was loaded there", 2),
        (["accept", "s", "--date", "2026-03-01"], "nothing was loaded there", 2),
        (["accept", "s"], "Missing option '--date'", 2),
        (["run", "--nonsense"], "No such option", 2),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    corpus(tmp_path / "texts", a_txt=TEXT)
    corpus(tmp_path / "mixed", a_txt=TEXT, b_html="<p>x</p>")
    Path("broken.toml").write_text("[sources.a\nkind = 1")
    Path("odd.toml").write_text("[sources.a]\nknd = 'text'\npath = 'texts'")
    ended = newsmill(*arguments, home=tmp_path / "home")
    assert ended.returncode == code
    assert said in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("wrong.txt", "Der Bürgermeister".encode("cp850"), "undecodable"),
        ("empty.txt", b"", "empty_payload"),
        ("nothing.jsonl", b'{"id": 1}\n', "missing_text"),
        ("broken.jsonl", b"{not json\n", "invalid_json"),
        ("picture.html", b"\x89PNG\r\n\x1a\n" + bytes(50), "not_html"),
        (
            "cut.warc.gz",
            gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 900\r\n\r\nHTTP")[:-6],
            "damaged_record",
        ),
    ],
)
def test_a_bad_document_is_a_reject_with_a_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    ended = newsmill("load", tmp_path / name, "--source", "bad", home=tmp_path / "home")
    assert ended.returncode == 0, ended.stderr
    assert reason in newsmill("sql", "SELECT reason FROM rejects", home=tmp_path / "home").stdout
    assert newsmill("verify", home=tmp_path / "home").returncode == 0


def test_the_same_batch_of_another_corpus_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        texts = corpus(tmp_path / name, a_txt=TEXT)
        ended = newsmill("load", texts, "--source", "s", "--date", "2026-03-01", home=tmp_path / "home")
    assert ended.returncode == 2
    assert "give this corpus another source id or date" in ended.stderr


def test_a_source_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    corpus(tmp_path / "texts", a_txt=TEXT)
    (tmp_path / "sources.toml").write_text(
        '[sources.good]\nkind = "text"\npath = "texts"\n[sources.gone]\nkind = "text"\npath = "x"\n'
    )
    ended = newsmill("run", "--sources", tmp_path / "sources.toml", "--date", "2026-03-01", home=tmp_path / "home")
    assert ended.returncode == 1
    assert "not published: gone-2026-03-01" in ended.stderr
    assert "good" in newsmill("sql", "SELECT source_id FROM articles", home=tmp_path / "home").stdout


def load_one(tmp_path: Path) -> Path:
    texts = corpus(tmp_path / "texts", a_txt=TEXT)
    ended = newsmill("load", texts, "--source", "s", "--date", "2026-03-01", home=tmp_path / "home")
    assert ended.returncode == 0, ended.stderr
    return tmp_path / "home"


@pytest.mark.parametrize("damage", ["raw", "lake", "row"])
def test_verify_names_damage_and_ends_with_1(sample_copy: Settings, damage: str) -> None:
    if damage == "raw":
        path = sample_copy.raw / "courier-2026-03-01" / "0000.warc.gz"
        path.write_bytes(path.read_bytes()[:-200])
    else:
        path = next((sample_copy.lake / "quotes").rglob("*.parquet"))
        table = store.read_table(path)
        store.write_tables(path, table.schema, [table.slice(1)])
        if damage == "row":
            path.write_bytes(b"PAR1 no more")
    ended = newsmill("verify", home=sample_copy.home)
    assert ended.returncode == 1
    assert str(path) in ended.stdout
    assert "Traceback" not in ended.stderr


def test_text_of_articles_is_never_read_as_markup(tmp_path: Path) -> None:
    shown = newsmill("sql", "SELECT '\\[/x] [red]a' AS \"[/y]\"", home=load_one(tmp_path))
    assert "\\[/x] [red]a" in shown.stdout and "[/y]" in shown.stdout


def test_a_folder_that_changed_since_it_was_planned_is_said_so(tmp_path: Path) -> None:
    home = load_one(tmp_path)
    (tmp_path / "texts" / "b.txt").write_text(TEXT)
    ended = newsmill("load", tmp_path / "texts", "--source", "s", "--date", "2026-03-01", home=home)
    assert ended.returncode == 2
    assert "changed since s-2026-03-01 was planned" in ended.stderr


def test_too_few_articles_hold_a_batch_back(tmp_path: Path) -> None:
    corpus(tmp_path / "texts", a_txt=TEXT)
    (tmp_path / "sources.toml").write_text('[sources.s]\nkind = "text"\npath = "texts"\nmin_articles = 2\n')
    ended = newsmill("run", "--sources", tmp_path / "sources.toml", "--date", "2026-03-01", home=tmp_path / "home")
    assert ended.returncode == 1
    assert "min_articles is 2" in ended.stdout
    assert "min_articles is 2" in newsmill("status", home=tmp_path / "home").stdout
    assert "planned, not published" in newsmill("verify", home=tmp_path / "home").stdout
    refused = newsmill("accept", "s", "--date", "2026-03-01", home=tmp_path / "home")
    assert refused.returncode == 2
    assert "s-2026-03-01 is in no alarm that could be accepted: 1 articles" in refused.stderr


def test_a_long_value_is_cut_in_its_reject(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "x" * 5000, "text": ""}) + "\n")
    newsmill("load", tmp_path / "a.jsonl", "--source", "s", home=tmp_path / "home")
    shown = newsmill("sql", "SELECT max(length(row_json)) AS n FROM rejects", home=tmp_path / "home").stdout
    assert int(next(word for word in shown.split() if word.isdecimal())) < 5000


def test_a_takedown_asks_first_and_then_says_where_the_proof_is(sample_copy: Settings) -> None:
    home, wanted = sample_copy.home, ["takedown", "--speaker", "Harriet Coldwell"]
    asked = newsmill(*wanted, home=home, stdin="n\n")
    assert asked.returncode == 1 and "cannot be taken back" in asked.stdout
    assert "Coldwell" in newsmill("sql", "FROM quotes WHERE speaker LIKE '%Coldwell'", home=home).stdout
    done = newsmill(*wanted, "--yes", home=home)
    assert done.returncode == 0, done.stderr
    assert str(home / "reports" / "takedowns") in done.stdout
    assert "Nothing of that kind is there" in newsmill(*wanted, "--yes", home=home).stdout
    assert "Nothing of it is left" in newsmill("takedown", "--again", "--yes", home=home).stdout
    assert "takedowns" not in newsmill("status", home=home).stdout
    assert newsmill("takedown", home=home).returncode == 2


def test_the_example_of_the_docs_is_what_a_dry_run_prints(sample: Settings) -> None:
    text = (Path(__file__).parent.parent / "docs" / "takedown.md").read_text("utf-8")
    example = text.partition("```\n$ newsmill ")[2].partition("```")[0]
    command, _, shown = example.partition("\n")
    printed = newsmill(*shlex.split(command), home=sample.home).stdout
    # The length of a record is that of the zlib at hand.
    assert [re.sub(r"[\d ━─]+", "", line) for line in printed.splitlines()] == [
        re.sub(r"[\d ━─]+", "", line) for line in shown.splitlines()
    ]
