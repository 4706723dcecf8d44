"""Whatever bytes come: each reader and parser keeps its promises. `python -m tests.fuzz TARGET` looks for a breach."""
