"""Invented news with its quotes, claims and names marked by a reader, and the measures to hold mining against."""
