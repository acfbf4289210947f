"""What a table may have at most: bounds that no cohort reaches and that keep a hostile file harmless."""

from __future__ import annotations

# 500,000 patients with the columns of the dictionary that most centers keep take about 70 MB.
MAX_BYTES = 128 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 5_000
MAX_CELLS = 24_000_000
# What a spreadsheet's cell can hold.
MAX_CELL = 32_767
# Cells of a sheet that are looked at, blank ones with a format included.
MAX_VISITED = 32_000_000
# First rows from which the delimiter is told, and among which a sheet's header is looked for.
SAMPLED_ROWS = 1_000
SEARCHED_LINES = 20
