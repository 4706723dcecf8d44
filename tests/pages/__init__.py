"""Synthetic news pages with their gold, and the measures to hold an extraction against."""
