"""The forms that a journal asks for beside the manuscript: checklists with page and line, key points, statements."""
