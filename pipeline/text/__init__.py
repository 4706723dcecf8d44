"""Functions from text to named tuples: no files, no network, no clock, and nothing of ours but pipeline.model."""
