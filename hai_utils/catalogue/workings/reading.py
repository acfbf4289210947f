"""The lines that code of a working begins with: they read the rows, or hold counts or numbers of the results.

Each is a pair of templates, in R and in Python; ``$`` names stand for what depends on the number.
"""

from __future__ import annotations

from collections.abc import Mapping

from hai_utils.catalogue.workings.record import Data

Pair = tuple[str, str]

FILE: Pair = (
    'd <- read.csv($csv, na.strings = "", colClasses = $types)\n',
    'import pandas as pd\nd = pd.read_csv($csv, dtype=$types, keep_default_na=False, na_values=[""])\n',
)
# Two files side by side.
FILES: Pair = (
    'd <- merge(read.csv($csv, colClasses = "character"), read.csv($other, colClasses = "character")[c("row", "value")], by = "row")\n',
    "import pandas as pd\nd = pd.read_csv($csv, dtype=str, keep_default_na=False)"
    '.merge(pd.read_csv($other, dtype=str, keep_default_na=False)[["row", "value"]], on="row")\n',
)
# A table of who leaves a curve when becomes a row for each who leaves.
EACH: Pair = (
    "n <- d$$events + d$$censored; k <- rep(seq_along(n), n)  # a row for each who leaves\n"
    'd <- data.frame(d[k, c("group", "months")], event = as.integer(sequence(n) <= d$$events[k]))\n',
    "d = d.loc[d.index.repeat(d.events + d.censored)]  # a row for each who leaves\n"
    "d = d.assign(event=(d.groupby(level=0).cumcount() < d.events).astype(int)).reset_index(drop=True)\n",
)
_CURVES: Pair = ("d <- na.omit(d[$picked, c($columns)])\n", 'd = d$within.dropna(subset=["months", "$second"])\n')
MISSING: Pair = (
    "missing <- with($rows, sum($absent))\n", "missing = d$within[$missing].isna().any(axis=1).sum()\n",
)  # fmt: skip
# What follows the file, by what the code begins with.
ENTERING: Mapping[Data, Pair] = {
    "value": ("x <- d$$value$within; x <- x[!is.na(x)]\n", "x = d.value$within.dropna()\n"),
    "pair of values": (
        'x <- na.omit(d$$value[d$$group %in% "$a"])\ny <- na.omit(d$$value[d$$group %in% "$b"])\n',
        'x = d.value[d.group == "$a"].dropna()\ny = d.value[d.group == "$b"].dropna()\n',
    ),
    "groups of values": (
        "d <- subset(d, group %in% $both & !is.na(value))\n", 'd = d[d.group.isin($both)].dropna(subset=["value"])\n',
    ),
    "count of all": ("n <- sum(!is.na(d$$value$within))\n", "n = d.value$within.notna().sum()\n"),
    "count": (
        "v <- d$$value$within; n <- sum(!is.na(v)); x <- sum(v == $answer, na.rm = TRUE)\n",
        "v = d.value$within.dropna(); n = len(v); x = (v == $answer).sum()\n",
    ),
    "pair of counts": (
        "v <- lapply($both, function(g) na.omit(d$$value[d$$group %in% g]))\n"
        "x <- sapply(v, function(v) sum(v == $answer)); n <- sapply(v, length)\n",
        "v = [d.value[d.group == g].dropna() for g in $both]\n(n1, n2), (x1, x2) = map(len, v), [(s == $answer).sum() for s in v]\n",
    ),
    "table": (
        "m <- table(factor(d$$group, $both), factor(d$$value, $answers))\nm <- m[rowSums(m) > 0, colSums(m) > 0]\n",
        "m = pd.crosstab(d.group, d.value).reindex(index=$both, columns=$answers, fill_value=0).to_numpy()\n"
        "m = m[m.any(axis=1)][:, m.any(axis=0)]\n",
    ),
    "curve": _CURVES, "pair of curves": _CURVES, "groups of curves": _CURVES, "causes": _CURVES, "groups of causes": _CURVES,
    "status": (
        """r <- !is.na(d$$onset) & d$$onset < d$$months - 1e-9
p <- subset(rbind(with(d, data.frame(row, start = 0, stop = ifelse(r, onset, months), event = ifelse(r, 0, event), status = 0)),
  with(d[r, ], data.frame(row, start = onset, stop = months, event, status = rep(1, sum(r))))), stop > start)
""",
        """r = d.onset < d.months - 1e-9
p = pd.concat([d.assign(start=0.0, stop=d.onset.where(r, d.months), event=d.event.where(~r, 0), status=0),
               d[r].assign(start=d.onset, stop=d.months, status=1)]).query("stop > start")
""",
    ),
    "pair of variables": ("d <- d[$picked, ]\n", "d = d$within\n"),
}  # fmt: skip
_MADE: Pair = (
    "made <- function(n, mean, sd) mean + sd * as.numeric(scale(1:n))  # any values of this mean and deviation\n",
    "import pandas as pd\ndef made(n, mean, sd):  # any values of this mean and deviation\n"
    "    v = pd.Series(range(n)); return mean + sd * (v - v.mean()) / v.std()\n",
)
# The counts or means themselves, where no rows are shown.
COUNTS: Mapping[Data, Pair] = {
    "count of all": ("n <- $n\n", "n = $n\n"),
    "count": ("x <- $x1; n <- $n1\n", "x, n = $x1, $n1\n"),
    "pair of counts": ("x <- c($x1, $x2); n <- c($n1, $n2)\n", "x1, n1, x2, n2 = $x1, $n1, $x2, $n2\n"),
    "table": ("m <- matrix(c($cells), $height, byrow = TRUE)\n", "import numpy as np\nm = np.array($matrix)\n"),
    "pair of values": (
        _MADE[0] + "x <- made($made1); y <- made($made2)\n",
        _MADE[1] + "x = made($made1); y = made($made2)\n",
    ),
    "groups of values": (
        _MADE[0] + "v <- list($all_made)\nd <- data.frame(value = unlist(v), group = rep(seq_along(v), lengths(v)))\n",
        _MADE[1]
        + "v = [$all_made]\nd = pd.concat({i: pd.DataFrame({'value': one, 'group': i}) for i, one in enumerate(v)})\n",
    ),
}
