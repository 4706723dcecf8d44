"""Promises of the table of duplicates, on lakes of a few articles: exact, whatever came first, whoever was killed."""

import os
import random
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipeline import (
    articles_file,
    candidates,
    comparison,
    contracts,
    copies,
    duplicates,
    identity,
    lake,
    query,
    sketches,
    store,
    verify,
)
from pipeline.settings import Settings
from pipeline.text.normalise import content_sha256
from tests import rows

FIRST = date(2026, 1, 10)
STORY = " ".join(f"word{number}" for number in range(120))
OTHER = " ".join(f"other{number}" for number in range(120))


class Doc(NamedTuple):
    """One article version: its URL, its text, when it was published and when it was captured."""

    url: str
    text: str
    day: date = FIRST
    seen: datetime = datetime(2026, 1, 11, tzinfo=UTC)
    at: datetime | None = None
    headline: str = "Headline"
    key: str | None = None

    @property
    def article_id(self) -> str:
        return identity.digest32(self.url)

    @property
    def version_id(self) -> str:
        return identity.version_id(self.article_id, content_sha256(self.headline, None, self.text))

    def row(self) -> dict[str, Any]:
        made = rows.article(
            "paper-2026-03-01", self.key or f"{self.url} {self.version_id} {self.seen}", self.url, self.text
        )
        return made | {
            "version_id": self.version_id,
            "content_sha256": content_sha256(self.headline, None, self.text),
            "headline": self.headline,
            "url": self.url,
            "published_on": self.day,
            "date_published": self.at,
            "date_published_precision": "minute" if self.at else None,
            "valid_from": self.seen,
            "extractor": "one",
        }


def edited(text: str, words: int, mark: str = "new") -> str:
    """A text whose first words are others."""
    parts = text.split()
    return " ".join([f"{mark}{number}" for number in range(words)] + parts[words:])


def publish(home: Settings, docs: Iterable[Doc]) -> None:
    """Have a lake's articles be exactly these."""
    months: dict[str, list[dict[str, Any]]] = {month: [] for month in lake.months_of(home, "articles")}
    for doc in docs:
        months.setdefault(f"{doc.day:%Y-%m}", []).append(doc.row())
    contract = contracts.contract("articles")
    for month, found in months.items():
        table = rows.table("articles", found).sort_by([(name, "ascending") for name in contract.sort_key])
        path = lake.path_of(home, "articles", month)
        if path.exists() and found and store.read_table(path).equals(table):
            continue
        store.write_tables(path, contract.schema, [table])


def show(home: Settings, posts: dict[Doc, tuple[int, int]]) -> None:
    """Have posts be in the bodies of these, from and to these places."""
    embeds = [
        {**{name: doc.row()[name] for name in ("batch_id", "capture_id", "article_id", "version_id")},
         "char_start": start, "char_end": end}
        for doc, (start, end) in posts.items()
    ]  # fmt: skip
    path, contract = lake.path_of(home, "embeds", "2026-01"), contracts.contract("embeds")
    store.write_tables(path, contract.schema, [rows.table("embeds", embeds)])


def stored(home: Settings) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in sorted(home.lake.glob("duplicates/*/data.parquet"))}


def partners(home: Settings, docs: Iterable[Doc]) -> dict[str, str]:
    """The URL of each copy and that of what it repeats."""
    urls = {doc.version_id: doc.url for doc in docs}
    found = [row for path in home.lake.glob("duplicates/*/data.parquet") for row in store.read_table(path).to_pylist()]
    return {urls[row["version_id"]]: urls[row["matched_version_id"]] for row in found if row["kind"]}


def table(home: Settings) -> list[dict[str, Any]]:
    return [row for path in home.lake.glob("duplicates/*/data.parquet") for row in store.read_table(path).to_pylist()]


def refreshed(home: Settings, docs: Iterable[Doc]) -> dict[str, bytes]:
    publish(home, docs)
    duplicates.refresh(home)
    return stored(home)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def day(number: int) -> date:
    return FIRST + timedelta(number)


def test_a_copy_names_the_earliest_text_that_it_repeats_and_how_alike_they_are(home: Settings) -> None:
    docs = [
        Doc("http://wire.example/1", STORY),
        Doc("http://paper.example/a", edited(STORY, 10), day(1)),
        Doc("http://post.example/b", edited(STORY, 10), day(2)),
        Doc("http://post.example/c", OTHER, day(2)),
    ]
    refreshed(home, docs)
    assert partners(home, docs) == {docs[1].url: docs[0].url, docs[2].url: docs[0].url}
    first, second, third = sorted(
        table(home), key=lambda row: [doc.version_id for doc in docs].index(row["version_id"])
    )
    assert {row["cluster_id"] for row in (first, second, third)} == {docs[0].version_id}
    assert [row["is_representative"] for row in (first, second, third)] == [True, False, False]
    assert (first["kind"], first["matched_version_id"]) == (None, None)
    assert (second["kind"], second["similarity"], second["containment"]) == ("near", 0.844, 0.915)


def test_the_same_headline_and_text_are_exact_and_under_another_headline_near(home: Settings) -> None:
    docs = [
        Doc("http://wire.example/1", STORY),
        Doc("http://paper.example/a", STORY, day(1)),
        Doc("http://post.example/b", STORY, day(2), headline="Another"),
    ]
    refreshed(home, docs)
    kinds = {row["version_id"]: (row["kind"], row["similarity"]) for row in table(home) if row["kind"]}
    assert kinds == {docs[1].version_id: ("exact", 1.0), docs[2].version_id: ("near", 1.0)}


def test_a_text_of_a_few_words_has_exact_copies_only(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", "A few words only", day(number)) for number in range(2)]
    docs.append(Doc("http://paper.example/2", "A few words only too", day(3)))
    refreshed(home, docs)
    assert partners(home, docs) == {docs[1].url: docs[0].url}


def test_another_version_of_the_same_article_is_no_copy_nor_a_copy_of_its_copies(home: Settings) -> None:
    docs = [
        Doc("http://paper.example/a", STORY),
        Doc("http://post.example/b", edited(STORY, 5), day(1)),
        Doc("http://paper.example/a", edited(STORY, 3, "x"), day(2)),
    ]
    refreshed(home, docs)
    assert partners(home, docs) == {docs[1].url: docs[0].url}


def test_a_later_version_that_repeats_what_its_article_did_not_say_before_is_a_copy(home: Settings) -> None:
    docs = [
        Doc("http://paper.example/a", OTHER),
        Doc("http://wire.example/1", STORY, day(1)),
        Doc("http://paper.example/a", edited(STORY, 5), day(2)),
    ]
    refreshed(home, docs)
    matches = [(row["version_id"], row["matched_version_id"]) for row in table(home) if row["kind"]]
    assert matches == [(docs[2].version_id, docs[1].version_id)]


def test_what_came_at_the_same_moment_repeats_the_longest(home: Settings) -> None:
    short, long = Doc("http://a.example/", " ".join(STORY.split()[:110])), Doc("http://b.example/", STORY)
    refreshed(home, [short, long])
    assert partners(home, [short, long]) == {short.url: long.url}


def test_a_known_time_of_day_comes_before_an_unknown_one(home: Settings) -> None:
    noon = datetime(2026, 1, 10, 12, tzinfo=UTC)
    timed = Doc("http://a.example/", edited(STORY, 4), at=noon, seen=datetime(2026, 1, 20, tzinfo=UTC))
    dated = Doc("http://b.example/", STORY)
    refreshed(home, [timed, dated])
    assert partners(home, [timed, dated]) == {dated.url: timed.url}


def test_a_chain_over_many_windows_is_one_cluster_with_one_representative(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(80 * number)) for number in range(5)]
    refreshed(home, docs)
    assert partners(home, docs) == {later.url: earlier.url for earlier, later in pairwise(docs)}
    assert {row["cluster_id"] for row in table(home)} == {docs[0].version_id}
    assert [row["version_id"] for row in table(home) if row["is_representative"]] == [docs[0].version_id]


def test_what_is_older_than_the_window_is_not_repeated(home: Settings) -> None:
    docs = [Doc("http://a.example/", STORY), Doc("http://b.example/", STORY, day(91))]
    assert refreshed(home, docs) == {}
    docs[1] = docs[1]._replace(day=day(90))
    refreshed(home, docs)
    assert partners(home, docs) == {docs[1].url: docs[0].url}


def test_a_changed_text_leaves_no_stale_partner(home: Settings) -> None:
    wire, copy = Doc("http://wire.example/1", STORY), Doc("http://paper.example/a", STORY, day(40))
    before = refreshed(home, [wire, copy])
    assert partners(home, [wire, copy]) == {copy.url: wire.url}
    assert refreshed(home, [wire._replace(text=OTHER), copy]) == {}
    assert refreshed(home, [wire, copy]) == before


def test_an_older_original_that_is_loaded_late_takes_its_place(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", STORY, day(30 * number)) for number in range(1, 5)]
    refreshed(home, docs)
    assert set(partners(home, docs).values()) == {docs[0].url}
    docs.append(Doc("http://wire.example/0", edited(STORY, 2), day(0)))
    refreshed(home, docs)
    assert partners(home, docs) == {
        docs[0].url: docs[4].url, docs[1].url: docs[4].url, docs[2].url: docs[4].url, docs[3].url: docs[0].url
    }  # fmt: skip
    assert {row["cluster_id"] for row in table(home)} == {docs[4].version_id}


def test_posts_and_credits_are_not_compared(home: Settings) -> None:
    post = " ".join(f"post{number}" for number in range(120))
    texts = [f"{name} {post}\n\nRead more: {STORY[:250]}" for name in (STORY, OTHER)]
    docs = [Doc(f"http://paper.example/{number}", text) for number, text in enumerate(texts)]
    publish(home, docs)
    show(home, {doc: (doc.text.index("post0"), doc.text.index("\n")) for doc in docs})
    duplicates.refresh(home)
    assert stored(home) == {}


def test_posts_that_come_after_their_articles_are_not_compared_either(home: Settings) -> None:
    post = " ".join(f"post{number}" for number in range(600))
    docs = [Doc("a", f"{post} {STORY}"), Doc("b", f"{post} {OTHER}")]
    refreshed(home, docs)
    assert len(partners(home, docs)) == 1
    show(home, dict.fromkeys(docs, (0, len(post))))
    assert duplicates.outdated(home) == ["2026-01"]
    duplicates.refresh(home)
    assert partners(home, docs) == {}


def test_a_text_of_another_capture_is_compared_as_it_is_there(home: Settings) -> None:
    words = STORY.split()
    pointers = "\n".join("Read more: " + " ".join(words[start : start + 24]) for start in range(0, 120, 24))
    original, before = Doc("b", pointers.replace("Read more: ", "")), Doc("a", pointers)
    after = before._replace(text=pointers.replace("Read more", "Read\nmore"), seen=before.seen + timedelta(1))
    assert before.version_id == after.version_id
    refreshed(home, [original, before])
    assert partners(home, [original, before]) == {}
    refreshed(home, [original, after])
    assert partners(home, [original, after]) == {"a": "b"}


def test_a_capture_whose_batch_was_published_again_is_compared_as_it_is_now(home: Settings) -> None:
    original, before = Doc("a", STORY), Doc("b", OTHER, day(1), key="b.html")
    refreshed(home, [original, before])
    refreshed(home, [original, before._replace(text=STORY)])
    assert partners(home, [original, before._replace(text=STORY)]) == {"b": "a"}


PORTRAIT = (
    "About Kestrel Foods: Kestrel Foods makes bread, rolls and cakes and has its seat in Ternwick. The company was founded "
    "in 1921 as a small bakery in Mill Lane and is still owned by the family of its founder. Today it employs more than "
    "3,400 people at eleven sites and sells its products in some 900 shops of its own and in supermarkets in seven "
    "countries. Last year it had sales of 412 million. It buys most of its flour from farms within a hundred miles of its "
    "mills and has been awarded several prizes for the training of young bakers. Its foundation supports schools and "
    "sports clubs in the towns where it is at home. This release contains statements about the future which are based on "
    "what the management believes today. They are subject to risks and uncertainties, and actual results may differ from "
    "them in a material way. The company undertakes no obligation to update them unless the law requires it. It is no "
    "offer to sell and no invitation to buy any securities. Journalists may use photographs free of charge if the name of "
    "the company is given as their source, and the press office answers questions on weekdays between nine and five."
)
BAKERY = (
    "Kestrel Foods will open a new bakery in the harbour district of Halmouth in the autumn of next year. The company said "
    "on Monday that the plant would employ about 140 people and supply shops along the whole of the coast. Work on the "
    "site of the old cannery is to begin in March, once the town council has agreed to the plans. Bread and rolls for "
    "schools and hospitals in the region will be baked there from the first day, and a shop is planned beside the gate."
)
OFFICER = (
    "Kestrel Foods has named Priya Nandor as its new head of finance with effect from the first of June. She follows Jasper "
    "Holm, who is leaving the company at his own request after eleven years. Nandor was in charge of the accounts of a "
    "shipping line in Port Lenac for the last six years and is known for having paid off most of its debt. The chairman of "
    "the board thanked Holm for his work and said that the search had taken longer than was expected."
)


def releases(*hosts: str, headlines: tuple[str, str]) -> list[Doc]:
    told = zip(hosts, (BAKERY, OFFICER), headlines, strict=True)
    return [
        Doc(f"http://{host}/{number}", f"{lead}\n{PORTRAIT}", day(number), headline=headline)
        for number, (host, lead, headline) in enumerate(told)
    ]


NEWS = ("Kestrel Foods opens a bakery in Halmouth", "Kestrel Foods names a head of finance")


def test_releases_above_the_portrait_of_their_publisher_are_no_copies_of_each_other(home: Settings) -> None:
    docs = releases("www.kestrel.example", "kestrel.example", headlines=NEWS)
    refreshed(home, docs)
    assert partners(home, docs) == {}


@pytest.mark.parametrize(
    ("host", "headlines"),
    [("paper.example", NEWS), ("kestrel.example", (NEWS[0], "A bakery opens in Halmouth"))],
)
def test_a_text_with_another_lead_elsewhere_or_under_a_like_headline_is_a_copy(
    home: Settings, host: str, headlines: tuple[str, str]
) -> None:
    docs = releases("kestrel.example", host, headlines=headlines)
    refreshed(home, docs)
    assert len(partners(home, docs)) == 1


REPORT = (
    "Rescue teams in Brennsund pulled {0} people from the rubble on Monday after the earthquake that struck the coast at "
    "{5} local time. At least {1} people died, the interior ministry said, and {2} were taken to hospitals. Some {3} "
    "families spent the night in the open. The quake had a magnitude of 6.8 and was felt 300 kilometres away in Halmouth. "
    "Helen Marsh of the survey said there were {4} aftershocks. It was the strongest since 1974, when 12 people died. "
    "The government sent 40 lorries with tents and 2 field hospitals, and schools stay closed until 9 March."
)


def test_a_report_with_later_figures_is_a_copy_at_another_publisher_within_three_days_only(home: Settings) -> None:
    first = Doc("http://wire.example/1", REPORT.format(12, 40, 210, 900, 17, "4.10"))
    later = REPORT.format(19, 63, 340, 1200, 31, "4.10")
    elsewhere = Doc("http://paper.example/1", later, day(2))
    late, same = (
        elsewhere._replace(url="http://other.example/1", day=day(5)),
        Doc("http://wire.example/2", later, day(1)),
    )
    docs = [first, elsewhere, late._replace(text=later + " It rained."), same._replace(text=later + " It snowed.")]
    for doc in docs[1:]:
        refreshed(home, [first, doc])
        assert partners(home, [first, doc]) == ({doc.url: first.url} if doc is elsewhere else {})


def test_a_second_refresh_reads_no_articles_and_writes_nothing(home: Settings) -> None:
    refreshed(home, [Doc("http://a.example/", STORY), Doc("http://b.example/", STORY)])
    with mock.patch.object(store, "write_tables"), mock.patch.object(comparison, "Comparison", None):
        assert duplicates.refresh(home) == []


def test_only_what_is_near_to_what_came_is_compared_again(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number % 7), day(number)) for number in range(9)]
    docs += [Doc(f"http://post.example/{number}", edited(OTHER, number % 7), day(number)) for number in range(9)]
    refreshed(home, docs)
    compared: list[int] = []

    def counting(pairs: Any) -> Any:
        compared.append(len(set(found(pairs).own.tolist())))
        return found(pairs)

    found = candidates.joined
    docs.append(Doc("http://wire.example/0", STORY, day(7)))
    with mock.patch.object(copies, "joined", counting):
        refreshed(home, docs)
    assert compared == [3]  # itself, and those of its day and the one after it


def test_work_files_may_be_deleted_at_any_time(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(20 * number)) for number in range(5)]
    refreshed(home, docs[:3])
    shutil.rmtree(home.work)
    expected = refreshed(home, docs)
    shutil.rmtree(home.commits)
    duplicates.refresh(home)
    assert stored(home) == expected


def test_a_file_that_is_gone_or_a_record_of_other_code_is_made_again(home: Settings) -> None:
    expected = refreshed(home, [Doc("a", STORY), Doc("b", STORY)])
    assert expected
    (month,) = (name.removeprefix("month=") for name in expected)
    lake.path_of(home, "duplicates", month).unlink()
    assert duplicates.refresh(home) == [month]
    assert stored(home) == expected
    for content in ('{"colour": "blue"}', '{"half'):
        (home.commits / "duplicates" / f"{month}.json").write_text(content)
        duplicates.refresh(home)
        assert stored(home) == expected and duplicates.outdated(home) == []


def test_a_kill_while_signatures_go_leaves_no_half_of_them(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(path: Path, **how: Any) -> None:
        if not Path(path, "documents.npy").exists():
            return whole(path, **how)
        Path(path, "documents.npy").unlink()
        raise KeyboardInterrupt

    whole = shutil.rmtree
    refreshed(home, [Doc("a", STORY), Doc("b", STORY)])
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", half)
        with pytest.raises(KeyboardInterrupt):
            refreshed(home, [Doc("a", OTHER), Doc("b", OTHER)])
    docs = [Doc("a", OTHER), Doc("b", STORY), Doc("c", STORY)]
    refreshed(home, docs)
    assert partners(home, docs) == {"b": "c"}


def test_nothing_is_left_below_work_of_a_text_that_is_gone(home: Settings) -> None:
    kept, gone = Doc("http://a.example/", STORY), Doc("http://b.example/", STORY)
    refreshed(home, [kept, gone])
    refreshed(home, [kept])
    files = [path for path in (home.work / "duplicates").rglob("*") if path.is_file()]
    assert files
    assert not any(bytes.fromhex(gone.version_id) in path.read_bytes() for path in files)


def test_what_tasks_prepared_beside_each_other_gives_the_same_bytes(home: Settings, tmp_path: Path) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(9 * number)) for number in range(9)]
    expected = refreshed(Settings(home=tmp_path / "other"), docs)
    refreshed(home, docs[::2])
    publish(home, docs)
    for month in duplicates.outdated(home):
        duplicates.prepare_sketch(home, month)
    for part in reversed(range(len(comparison.PARTS))):
        duplicates.prepare_pairs(home, part)
    with mock.patch.object(candidates, "find", None):
        duplicates.refresh(home)
    assert stored(home) == expected


def test_in_how_many_parts_buckets_are_gone_through_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, made = random.Random(3), []
    for number in range(30):
        words = STORY.split()
        for place in rng.sample(range(len(words)), 6):
            words[place] = f"x{rng.randrange(99)}"
        made.append(Doc(f"http://paper.example/{number}", " ".join(words), day(number)))
    monkeypatch.setattr(candidates, "MOST_COMPARED", 2)
    found = []
    for parts in (1, 5, 41):
        size = -(-candidates.COPIED.stop // parts)
        ranges = [range(start, min(start + size, 41)) for start in range(0, 41, size)]
        monkeypatch.setattr(comparison, "PARTS", ranges)
        found.append(refreshed(Settings(home=tmp_path / str(parts)), made))
    assert found[0] == found[1] == found[2] != {}


def test_what_was_prepared_of_other_articles_is_not_used(home: Settings, tmp_path: Path) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(number)) for number in range(9)]
    publish(home, docs[:5])
    for part in range(len(comparison.PARTS)):
        duplicates.prepare_pairs(home, part)
    assert refreshed(home, docs) == refreshed(Settings(home=tmp_path / "other"), docs)


def test_a_wider_window_is_another_method_and_computed_from_nothing(home: Settings) -> None:
    docs = [Doc("http://a.example/", STORY), Doc("http://b.example/", STORY, day(91))]
    refreshed(home, docs)
    wider = Settings(home=home.home, look_back_days=100)
    duplicates.forget(wider)
    refreshed(wider, docs)
    assert partners(wider, docs) == {docs[1].url: docs[0].url}


def test_the_window_begins_in_the_month_of_its_first_day(home: Settings) -> None:
    assert duplicates.window(home, "2026-03") == ["2025-12", "2026-01", "2026-02", "2026-03"]
    assert duplicates.window(Settings(home=home.home, look_back_days=1), "2026-03") == ["2026-02", "2026-03"]


@pytest.mark.slow
def test_a_kill_at_every_step_ends_as_a_clean_run(home: Settings, tmp_path: Path) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(20 * number)) for number in range(4)]
    refreshed(home, docs[1:])
    publish(home, docs)
    expected = refreshed(Settings(home=tmp_path / "other"), docs)
    steps = 0
    while True:
        killed = Settings(home=tmp_path / "killed")
        shutil.copytree(home.home, killed.home)
        calls = iter(range(steps))

        def dying(call: Any, calls: Any = calls) -> Any:
            def once(*args: Any, **kwargs: Any) -> Any:
                if next(calls, None) is None:
                    raise KeyboardInterrupt
                return call(*args, **kwargs)

            return once

        with mock.patch.object(os, "replace", dying(os.replace)), mock.patch.object(os, "fsync", dying(os.fsync)):
            try:
                duplicates.refresh(killed)
                break
            except KeyboardInterrupt:
                pass
        duplicates.refresh(killed)
        assert stored(killed) == expected, f"killed at step {steps}"
        shutil.rmtree(killed.home)
        steps += 1
    assert steps > 20


def faults(settings: Settings) -> list[str]:
    return [finding.what for finding in verify.verify(settings, lambda *_: None) if finding.fault]


def test_on_the_sample_the_wire_copies_are_found_and_second_versions_are_none(sample: Settings) -> None:
    with query.connect(sample.home) as connection:
        copies = connection.sql("SELECT url, original_url, kind FROM wire_copies").fetchall()
        versions = connection.sql(
            "SELECT url FROM duplicates JOIN article_versions USING (article_id, version_id) "
            "WHERE article_id IN (SELECT article_id FROM changes)"
        ).fetchall()
        shown = connection.sql(
            "SELECT count(*), count(*) FILTER (url LIKE '%erdbeben%') FROM articles_unique"
        ).fetchall()
    assert copies == [
        ("https://www.brennsunder-kurier.example/erdbeben-sarowien.html",
         "https://www.trilinea.example/de/2026/02/27/erdbeben-sarowien-sueden", "near")
    ]  # fmt: skip
    assert versions == []
    assert shown == [(47, 1)]


def test_verify_notices_duplicates_that_are_not_those_of_the_articles(sample_copy: Settings) -> None:
    assert faults(sample_copy) == []
    path = lake.path_of(sample_copy, "duplicates", "2026-03")
    written = path.read_bytes()
    store.write_tables(path, (table := store.read_table(path)).schema, [table.slice(1)])
    assert faults(sample_copy) == ["file differs from what was computed"]
    path.write_bytes(written)
    shutil.rmtree(sample_copy.commits / "duplicates")
    assert set(faults(sample_copy)) == {"duplicates of other articles"}
    duplicates.refresh(sample_copy)
    assert path.read_bytes() == written
    assert faults(sample_copy) == []


class Histories(RuleBasedStateMachine):
    """Any history of articles that come, go and change ends with what is computed from the last state from nothing."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.home = Settings(home=Path(os.environ["PYTEST_HISTORIES"], f"{seed}-{self.random.random()}"))
        self.docs: dict[str, Doc] = {}
        self.posts: dict[str, tuple[int, int]] = {}

    def _refreshed(self, home: Settings) -> dict[str, bytes]:
        publish(home, self.docs.values())
        show(home, {self.docs[key]: places for key, places in self.posts.items() if key in self.docs})
        duplicates.refresh(home)
        return stored(home)

    def _doc(self) -> Doc:
        text = self.random.choice((STORY, OTHER))
        words = text.split()
        for _ in range(self.random.randint(0, 4)):
            start = self.random.randrange(len(words))
            words[start : start + self.random.randint(0, 12)] = [f"w{self.random.randrange(50)}" for _ in range(5)]
        url = f"http://paper.example/{self.random.randrange(12)}"
        seen = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(self.random.randrange(3))
        key = f"{url} {self.random.randrange(3)}"
        return Doc(url, self.random.choice("\n ").join(words), day(self.random.randrange(0, 160, 7)), seen, key=key)

    @rule(count=st.integers(1, 8))
    def come(self, count: int) -> None:
        for _ in range(count):
            doc = self._doc()
            self.docs[doc.key or ""] = doc

    @rule(count=st.integers(1, 3))
    def go(self, count: int) -> None:
        for key in self.random.sample(sorted(self.docs), min(count, len(self.docs))):
            del self.docs[key]

    @rule()
    def refresh(self) -> None:
        self._refreshed(self.home)

    @rule(count=st.integers(0, 3))
    def have_posts(self, count: int) -> None:
        chosen = self.random.sample(sorted(self.docs), min(count, len(self.docs)))
        self.posts = {key: (0, self.random.randint(1, 900)) for key in chosen}

    @rule()
    def lose_a_record(self) -> None:
        for path in sorted((self.home.commits / "duplicates").glob("*.json"))[:1]:
            path.unlink()

    def teardown(self) -> None:
        if hasattr(self, "home"):
            clean = Settings(home=self.home.home.with_suffix(".clean"))
            try:
                assert self._refreshed(self.home) == self._refreshed(clean)
            finally:
                for one in (self.home, clean):
                    shutil.rmtree(one.home, ignore_errors=True)


def histories(examples: int, steps: int) -> None:
    many = hypothesis_settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Histories, settings=many)


@pytest.fixture
def below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_HISTORIES", str(tmp_path))


def test_any_history_ends_as_if_computed_from_nothing(below: None) -> None:
    histories(4, 6)


def test_so_it_does_where_buckets_are_full_and_little_is_compared(below: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST_IN_A_BUCKET", 2)
    monkeypatch.setattr(candidates, "MOST_COMPARED", 1)
    monkeypatch.setattr(comparison, "_AT_ONCE", 3)
    monkeypatch.setattr(copies, "WORDS_AT_ONCE", 300)
    histories(4, 6)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_so_do_many_histories(below: None, monkeypatch: pytest.MonkeyPatch) -> None:
    histories(80, 8)
    monkeypatch.setattr(candidates, "MOST_IN_A_BUCKET", 2)
    monkeypatch.setattr(candidates, "MOST_COMPARED", 1)
    histories(80, 8)


def test_the_order_of_a_sketch_is_that_of_publication(home: Settings) -> None:
    docs = [Doc(f"http://paper.example/{number}", edited(STORY, number), day(9 - number)) for number in range(9)]
    publish(home, docs)
    duplicates.prepare_sketch(home, "2026-01")
    state = articles_file.state(home, "2026-01", None)
    assert state
    made = sketches.load(home, "2026-01", state.sha256)
    assert made is not None
    assert sketches.hex_of(made.documents["version"]) == [doc.version_id for doc in reversed(docs)]
