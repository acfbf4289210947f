"""Settings of the reference of the functions, for developers; `make docs` builds it."""

project = "hai_utils"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "sphinx_book_theme"
html_copy_source = False
nitpicky = True
# What docstrings name and no page describes, each with its reason; no other name may lead nowhere.
nitpick_ignore_regex = [
    # Docstrings describe arrays in words: "array, shape (m,)".
    ("py:class", "array|shape|m"),
    # Errors stand under their own names, as an analyst meets them; the list of errors has them with their module.
    ("py:exc", "[A-Za-z]+Error"),
]
# Types are in the words of the docstrings; NumPy's own would be names without a page.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_use_ivar = False
