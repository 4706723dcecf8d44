"""WARC records: where they are in a file, what they say, how we write ours."""
