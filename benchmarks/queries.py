"""How long the queries of docs/examples take: `python -m benchmarks.queries [ARTICLES] [--home DIR]`.

Every article has one capture, three quotes, three claims; one in twenty was captured again with another text, one in
eight has a copy. The lake is made in DIR (default: a temporary directory) if it is not there.
"""

import argparse
import tempfile
import time
from pathlib import Path

import duckdb

from pipeline import contracts, query
from pipeline.contracts import TABLES

MONTHS, SOURCES = 24, 40
EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
DAY = "DATE '2024-01-01' + (n % {days})::INTEGER"
BASE = f"""
CREATE TABLE base AS SELECT *, md5('article' || n) AS article_id, md5('version' || n || '-' || edit) AS version_id,
    md5('capture' || n || '-' || edit) AS capture_id, 'source' || (hash(n) % {SOURCES}) AS source_id,
    day + edit::INTEGER AS taken, strftime(taken, '%Y-%m') AS batch_month, strftime(day, '%Y-%m') AS month
FROM (SELECT n, edit, {DAY.format(days=MONTHS * 30)} AS day FROM range($articles) t(n), range(2) e(edit)
      WHERE edit = 0 OR n % 20 = 0) ORDER BY article_id
"""
COLUMNS = {
    "captures": {"from": "base", "outcome": "if(n % 50 = 7, 'rejected', 'extracted')", "usage_terms": "'CC0-1.0'",
                 "url": "'https://news.example/' || n", "month": "batch_month"},
    "articles": {"from": "(FROM base WHERE n % 50 <> 7)", "headline": "'Headline ' || n || ' ' || edit",
                 "article_body": "repeat('word' || (n % 997) || ' ', 120)", "published_on": "day",
                 "in_language": "['de', 'en', 'fr', 'es'][(n % 4) + 1]", "word_count": "120",
                 "url": "'https://news.example/' || n", "content_sha256": "md5(version_id) || md5(article_id)"},
    "quotes": {"from": "(FROM base, range(3) q(quote_no) WHERE n % 50 <> 7)",
               "kind": "['direct', 'mixed', 'indirect'][quote_no + 1]",
               "speaker": "'Speaker ' || (hash(n * 3 + quote_no) % 20000)", "speaker_kind": "'person'",
               "attribution_confidence": "0.9", "quotation": "'one two three four five six seven eight'"},
    "claims": {"from": "(FROM base, range(3) q(claim_no) WHERE n % 50 <> 7)",
               "raw_text": "(n % 90 + edit) || ' people'", "value_low": "n % 90 + edit",
               "value_high": "n % 90 + edit", "qualifier": "'exact'", "unit": "'people'",
               "event": "['KILL', 'WOUND'][(hash(n + claim_no) % 20 + 1)::INTEGER]", "modality": "'asserted'",
               "place": "'Place ' || (n % 300)", "claimant": "'Office ' || (n % 500)"},
    "rejects": {"from": "(FROM base WHERE n % 50 = 7)", "stage": "'extract'",
                "reason": "['empty_body', 'http_error'][n % 2 + 1]",
                "detail": "'nothing'", "table_name": "'articles'", "month": "batch_month"},
    "duplicates": {"from": "(FROM base WHERE n % 8 = 3 AND n % 50 <> 7)", "cluster_id": "md5('article' || (n - 1))",
                   "kind": "'near'", "similarity": "0.9", "is_representative": "false"},
}  # fmt: skip
"""Of each table its rows and the columns that a query may ask for; the others are null."""


OF_ALL = {
    "batch_id": "source_id || '-' || taken",
    "fetch_time": "taken::TIMESTAMPTZ",
    "valid_from": "taken::TIMESTAMPTZ",
}
FORMAT = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096"


def make(home: Path, articles: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(BASE, {"articles": articles})
        months = connection.execute("SELECT DISTINCT month FROM base ORDER BY month").fetchall()
        for name, given in COLUMNS.items():
            for (month,) in months:
                path = home / "lake" / name / f"month={month}" / "data.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                rows = f"{rows_of(connection, name)} WHERE {given.get('month', 'month')} = '{month}'"
                order = ", ".join(contracts.contract(name).sort_key)
                connection.execute(f"COPY ({rows} ORDER BY {order}) TO '{path}' ({FORMAT})")


def rows_of(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    given = OF_ALL | COLUMNS[name]
    known = {row[0] for row in connection.execute(f"DESCRIBE FROM {given['from']}").fetchall()}
    columns = [column for column in contracts.contract(name).columns if column.name != "month"]
    made = {
        column.name: given.get(column.name) or (column.name if column.name in known else "NULL") for column in columns
    }
    values = [f"({made[column.name]})::{column.type} AS {column.name}" for column in columns]
    return f"SELECT {', '.join(values)} FROM {given['from']}"


def ask(home: Path) -> None:
    for path in sorted(EXAMPLES.glob("*.sql")):
        seconds, processor = [], []
        for _ in range(3):
            with query.connect(home) as connection:
                begun, used = time.perf_counter(), time.process_time()
                rows = len(connection.execute(path.read_text("utf-8")).fetchmany(100))
                seconds.append(time.perf_counter() - begun)
                processor.append(time.process_time() - used)
        print(f"{path.stem:20} {min(seconds):6.2f} s {min(processor):6.2f} CPU s   {rows} rows shown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = given.home or Path(directory)
        if not (home / "lake").exists():
            make(home, given.articles)
        with query.connect(home) as connection:
            counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in TABLES}
        print(", ".join(f"{name} {count[0]:,}" for name, count in counts.items() if count))
        ask(home)


if __name__ == "__main__":
    main()
