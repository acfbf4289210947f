"""Numbers that follow a changed parameter: the pages of a study at any choices, made by the code that makes its book.

A resident process keeps the cohort, analyses and Sphinx's environment in memory. Every answer is made in a process forked
from it, which leaves nothing behind: the cells of the chapters are run, the page is read by Sphinx as `hai build` reads it,
and its body is written by the same writer. Drawings follow the text.
"""
