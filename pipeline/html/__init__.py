"""The parts of a web page: tree, structured data, bylines, dates, links, embedded posts. trafilatura is in page.py."""
