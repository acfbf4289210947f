"""Workings of what a study of this size could show, and of the same question asked by other choices."""

from __future__ import annotations

from hai_utils.catalogue.statistics import DETECTABLE
from hai_utils.catalogue.workings.record import Working

_ = Working
_DRAWN = "The {} are drawn at random, by the seed of the run: another program draws others."
_MEDIAN_R = "m <- if ($null) exp(median(log(e))) else median(e)\n"
_MEDIAN_PY = "import numpy as np\ne = np.array(e)\nm = np.exp(np.median(np.log(e))) if $null else np.median(e)\n"

CHOICES: tuple[Working, ...] = (
    _("risk_difference", "power_fisher", (DETECTABLE,), "pair of counts", "power_fisher",
        "the smallest Δ, up or down, at which P(Fisher's P < α | p₂ + Δ, p₂) reaches the power, summed over all tables",
        "P <- outer(0:n[1], 0:n[2], Vectorize(function(i, j) fisher.test(matrix(c(i, n[1] - i, j, n[2] - j), 2))$$p.value))\n"
        "q <- x[2] / n[2]; given <- (P < $alpha) %*% dbinom(0:n[2], n[2], q)\n"
        "power <- function(D) sum(dbinom(0:n[1], n[1], min(1, max(0, q + D))) * given) - $power\n"
        "first <- function(end) { s <- seq(0, end, length.out = 201); k <- which(sapply(s, power) >= 0)[1]\n"
        "  if (is.na(k)) Inf else abs(uniroot(power, sort(s[c(k - 1, k)]), tol = 1e-12)$$root) }\n"
        "min(first(1 - q), first(-q))",
        "import numpy as np\nfrom scipy.optimize import brentq\nfrom scipy.stats import binom, fisher_exact\n"
        "P = np.array([[fisher_exact([[i, n1 - i], [j, n2 - j]]).pvalue for j in range(n2 + 1)] for i in range(n1 + 1)])\n"
        "q = x2 / n2; given = (P < $alpha) @ binom.pmf(range(n2 + 1), n2, q)\n"
        "power = lambda D: binom.pmf(range(n1 + 1), n1, np.clip(q + D, 0, 1)) @ given - $power\n"
        "def first(end):\n    s = np.linspace(0, end, 201); k = next((k for k in range(201) if power(s[k]) >= 0), None)\n"
        "    return np.inf if k is None else abs(brentq(power, s[k - 1], s[k], xtol=1e-12))\n"
        "print(min(first(1 - q), first(-q)))", "power.detectable_risk_difference"),
    _("hodges_lehmann", "power_t", (DETECTABLE,), "pair of values", "power_t",
        "δ·s·√(1/n₁ + 1/n₂), s the pooled deviation, δ where P(|t| > t₁₋α/₂ | noncentrality δ) is the power",
        "f <- length(x) + length(y) - 2; t <- qt(1 - $alpha / 2, f)\n"
        "power <- function(delta) 1 - pt(t, f, delta) + pt(-t, f, delta)\n"
        "delta <- uniroot(function(delta) power(delta) - $power, c(0, t + 8), tol = 1e-10)$$root\n"
        "delta * sqrt((sum((x - mean(x))^2) + sum((y - mean(y))^2)) / f * (1 / length(x) + 1 / length(y)))",
        # SciPy's lower tail is no number where it is smaller than about 1e-29.
        "import numpy as np\nfrom scipy.optimize import brentq\nfrom scipy.stats import nct, t\n"
        "f = len(x) + len(y) - 2; c = t.ppf(1 - $alpha / 2, f)\n"
        "power = lambda delta: nct.sf(c, f, delta) + np.nan_to_num(nct.cdf(-c, f, delta))\n"
        "delta = brentq(lambda delta: power(delta) - $power, 1e-6, c + 8)\n"
        "print(delta * ((((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()) / f * (1 / len(x) + 1 / len(y))) ** .5)", "power.detectable_shift"),
    _("hazard_ratio", "power_logrank", (DETECTABLE,), "pair of curves", "power_logrank",
        "ln HR = (z₁₋α/₂ + z_power)/√(D·n₁n₂/(n₁ + n₂)²), D the events of both groups",
        'n1 <- sum(d$$group == "$a"); n2 <- nrow(d) - n1\n'
        "exp((qnorm(1 - $alpha / 2) + qnorm($power)) / sqrt(sum(d$$event) * n1 * n2 / (n1 + n2)^2))",
        'import numpy as np\nfrom scipy.stats import norm\nn1 = (d.group == "$a").sum(); n2 = len(d) - n1\n'
        "print(np.exp((norm.ppf(1 - $alpha / 2) + norm.ppf($power)) / (d.event.sum() * n1 * n2 / (n1 + n2) ** 2) ** .5))", "power.detectable_hazard_ratio"),
    _("changed", "", ("",), "pair of variables", "changed", "the rows with another response by this criterion than by that of the run",
        "sum(d$$value.x != d$$value.y)", "print((d.value_x != d.value_y).sum())", "",
    ),
    _("analyses", "", ("",), "analyses", "analyses", "the effects e, one an analysis", "length(e)", "print(len(e))", ""),
    _("analyses_same_direction", "", ("",), "analyses", "analyses", "the effects on the side of no effect on which their median is",
      _MEDIAN_R + "sum((e < $null) == (m < $null))", _MEDIAN_PY + "print(((e < $null) == (m < $null)).sum())", ""),
    _("analyses_significant", "", ("",), "analyses", "analyses", "the P values below the level of significance",
      "sum(p < $alpha)", "print(sum(one < $alpha for one in p))", ""),
    *(
        _(effect, "median_of_analyses", ("",), "analyses", "analyses", words, _MEDIAN_R + "m", _MEDIAN_PY + "print(m)", "")
        for effect, words in (
            ("risk_difference", "the median of the effects"),
            ("hazard_ratio", "the exponential of the median of the logarithms of the effects"),
        )
    ),
    _("p_value", "permutation_of_analyses", ("",), "draws", "drawn", "(1 + k)/(1 + B), k of B permutations with a median effect as far from none",
      "", "", "", without=_DRAWN.format("permutations")),
    *(
        _("p_value_mc_se", method, ("",), "draws", "drawn", f"√(P(1 − P)/{of}), B permutations drawn", f"sqrt(p * (1 - p) / {of})",
          f"print((p * (1 - p) / {of}) ** .5)", source)
        for method, of, source in (
            ("logrank_permutation", "B", "rank_tests.logrank_permutation"), ("permutation_of_analyses", "(B + 1)", ""),
        )
    ),
    _("reread_rate", "", ("", "lower", "upper"), "draws", "reread", "of the rates at all readings the median and the central 95%; every diameter times e^ε, ε normal",
      "", "", "", without=_DRAWN.format("errors of the readings")),
)  # fmt: skip
