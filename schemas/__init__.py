"""The contract of each table as an Open Data Contract Standard file; a package, so that an installation has them."""
