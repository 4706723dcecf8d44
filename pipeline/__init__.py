"""Newsmill: news bytes in, checked month-partitioned Parquet out. Start reading at run.py."""
