"""The disclosure gate: results to results in which no small cell stands or can be derived.

A count of 1 to ``threshold - 1`` people is a small cell. 0 is none, for it is about nobody; n of n is none, for the
people left over are 0. `withhold_small_cells` is called by `hai_utils.analyses.analyse` before anything is returned,
saved or shown, and nothing else knows an ungated number.

How it is kept
--------------
A variable divides a population into cells: its levels, or event and censored, and those not recorded. The gate does
not search for cells to hide beside the small ones. It publishes all cells of a variable or none, in the first of these
choices in which every cell is 0 or at least the threshold:

1. in every group, in those analysed and in all rows;
2. in every group and in those analysed;
3. in those analysed and in all rows;
4. in one of the two alone.

Where a table is published by its margins alone, each inner cell can still be anything from
``max(0, row + column - n)`` to ``min(row, column)``: that range holds more values than the threshold and reaches up
to it, because both margins and what they leave are at least the threshold. So nothing is recoverable by sums
and differences; P values, effects and intervals, which would tell the inner cells, go with the groups.

What may stand is a list: the catalogue states of each statistic what it tells, and what it does not describe is withheld.
A median or quartile stands only beside the number that it rests on, as it is printed: alone it would tell that the number
is large enough, and between two whole numbers that it is even. The groups are a variable like the others, so that a column
which only one group can have does not stand beside the group but for a few.

Variables that contain one another (`hai_utils.disclosure.relations`) are published together only where the
difference is no small cell. Survival is published at the times of the grid between which no small number died or was
censored, and curves are drawn through these times; a median, a limit of one, or a median follow-up is one more such
time (`hai_utils.disclosure.medians`), and is taken before the grid. What is one person's value is withheld throughout:
bars, steps, extremes; a median or quartile stands only where at least `threshold` people lie on either side, and of a
survival time by the reported rule alone, as two rules give the two values in the middle.

Effects, limits and P values stand only beside all counts that they are made from. Of what numbers can be searched for
more than that, three are kept from it: mean, deviation and tests of an integer variable, or of a measurement cut at a
limit on whose sides a few lie; a restricted mean over times that may not be read; and comparisons of survival, from
which, in all their digits and by every method, the order of two groups' events could be searched: they stand by the
reported method, to three decimals. The digest of the cohort file is withheld, because it tells which of the
possible files this one is to anyone who can list them. A threshold of 2 is refused: a withheld cell could only be 1.

What it does not protect against
--------------------------------
- Two published runs: with other parameters, other exclusions, or a cohort to which rows were added, the difference
  between them may be one patient. Publish one run of one cohort, and hand on the rest ungated to nobody.
- Somebody who knows the rows of some patients already, or other tables of the same patients.
- The rule itself: that a table is withheld tells that one of its cells, or a difference to another table, is small;
  which cell and how many it does not tell, for one variable by two groups (a test lists all such tables). For several
  variables together this is not shown.
- That something occurs: a level without a fixed list in the dictionary is named where anybody has it.
- What columns of a cohort's own dictionary tell together otherwise than as parts of one another, or as a total and up
  to four parts of it; and of scores and sums of numbers, their means.
- The order of events and censorings between two times at which a curve is read, which survival in all its digits tells,
  without when they were; and what the digits that are left of comparisons tell of it between two groups.
- Attributes without a small cell: where all of a group have a level, everybody in it has.
- Which value a median or quartile has, as it is printed: of an odd number of patients it is one patient's, of whom
  nothing else is told.
- The cohort file; error messages about it and what ``hai check`` says, which are for the holder of the data; ``stamp.json`` of
  a run, whose digests cover the cohort: do not hand it on; and runs with ``disclosure: none``.
"""

from __future__ import annotations

from hai_utils.disclosure.gate import withhold_small_cells

__all__ = ["withhold_small_cells"]
