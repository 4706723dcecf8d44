"""Asking the web politely, and keeping what it said byte for byte. Knows nothing of batches, archives or news."""
