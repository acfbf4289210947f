"""The book: a Sphinx extension that quotes results, numbers exhibits, and builds the site."""
