"""Workings of continuous variables: describing a group, comparing two, comparing several."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.catalogue.methods import METHODS
from hai_utils.catalogue.statistics import Part
from hai_utils.catalogue.workings.record import Data, Working

_ = Working
_ALL: tuple[Part, ...] = ("", "lower", "upper")
_SUMS_PY = """from scipy.stats import rankdata
import numpy as np
r = {ranks}
ways = np.zeros((len(x) + 1, r.sum() + 1)); ways[0, 0] = 1
for k in r: ways[1:, k:] = ways[1:, k:] + ways[:-1, :-k]
w = ways[len(x)] / ways[len(x)].sum()
"""
_MIDRANKS_PY = _SUMS_PY.format(
    ranks="np.round(2 * rankdata(np.r_[x, y])).astype(int)  # doubled, so that they are whole"
)
_UNTIED_PY = _SUMS_PY.format(ranks="np.arange(1, len(x) + len(y) + 1)")
_DIFFERENCES_R = 's <- sort(outer(x, y, "-")); n1 <- length(x); n2 <- length(y)\n'
_DIFFERENCES_PY = "import numpy as np\ns = np.sort(np.subtract.outer(x.to_numpy(), y.to_numpy()).ravel())\n"
_VARIANCE = "s² = n₁n₂/12·(N + 1 − Σ(t³ − t)/(N(N − 1)))"

# By rule: the formula, and the quartiles in R and in Python.
_QUARTILES = {
    "type_6": ("the value at place p(n + 1) of the sorted ones", "quantile(x, c(1, 3) / 4, type = 6, names = FALSE)",
               'np.quantile(x, [.25, .75], method="weibull")'),
    "type_7": ("the value at place 1 + p(n − 1) of the sorted ones", "quantile(x, c(1, 3) / 4, type = 7, names = FALSE)",
               'np.quantile(x, [.25, .75], method="linear")'),
    "type_2": ("the value at place ⌈np⌉, the mean of it and the next where np is whole",
               "quantile(x, c(1, 3) / 4, type = 2, names = FALSE)", 'np.quantile(x, [.25, .75], method="averaged_inverted_cdf")'),
    "tukey_hinges": ("the medians of the lower and the upper half, the middle value in both", "fivenum(x)[c(2, 4)]",
                     "[np.median(np.sort(x)[:(len(x) + 1) // 2]), np.median(np.sort(x)[len(x) // 2:])]"),
}  # fmt: skip
_OF_QUARTILES = {"q1": ("q[1]", "q[0]"), "q3": ("q[2]", "q[1]"), "iqr": ("q[2] - q[1]", "q[1] - q[0]")}
# One number of a group: formula, R, Python, function.
_DESCRIPTIONS = {
    "mean": ("Σx/n", "mean(x)", "print(x.mean())"),
    "sd": ("√(Σ(x − x̄)²/(n − 1))", "sd(x)", "print(x.std())"),
    "median": ("the middle of the sorted values, the mean of the two in the middle where n is even", "median(x)", "print(x.median())"),
    "min": ("the smallest value", "min(x)", "print(x.min())"),
    "max": ("the largest value", "max(x)", "print(x.max())"),
}  # fmt: skip


def _described() -> Iterator[Working]:
    for name, formula, r, python in (
        ("n", "the rows with a recorded value", "length(x)", "len(x)"), ("n_missing", "the rows without one", "missing", "missing"),
    ):  # fmt: skip
        yield _(name, "", ("",), "value", "recorded", formula, r, f"print({python})", "")
    for name, (formula, r, python) in _DESCRIPTIONS.items():
        source = {"min": "minimum", "max": "maximum"}.get(name, name)
        yield _(name, "", ("",), "value", name, formula, r, python, f"one_group.{source}")
    for method, (formula, r, python) in _QUARTILES.items():
        for name, (in_r, in_python) in _OF_QUARTILES.items():
            yield _(
                name, method, ("",), "value", "quartile", formula + ("; the third less the first" if name == "iqr" else ""),
                f"q <- {r}\n{in_r}", f"import numpy as np\nq = {python}\nprint({in_python})", "one_group.quartiles")  # fmt: skip
    for name, r, python in (("shapiro_w", "statistic", "statistic"), ("shapiro_p", "p.value", "pvalue")):
        yield _(
            name, "", ("",), "value", "shapiro", "W = (Σ aᵢx₍ᵢ₎)²/Σ(x − x̄)², with Royston's weights a and his approximation of P",
            f"as.numeric(shapiro.test(x)$${r})", f"from scipy.stats import shapiro\nprint(shapiro(x).{python})", "one_group.shapiro_wilk")  # fmt: skip


_TWO: Data = "pair of values"


def _rank_sums() -> Iterator[Working]:
    yield _("p_value", "mann_whitney_exact", ("",), _TWO, "rank_sums",
        "P(|W − E(W)| ≥ |w − E(W)|) over all ways to give the pooled midranks to the groups",
        "library(coin)\nv <- c(x, y); g <- factor(rep(1:2, c(length(x), length(y))))\n"
        'as.numeric(pvalue(wilcox_test(v ~ g, distribution = "exact")))',
        _MIDRANKS_PY + "s = np.arange(len(w)); e = len(x) * r.sum() / len(r)\n"
        "print(w[abs(s - e) >= abs(r[:len(x)].sum() - e) - 1e-9].sum())", "location.compare_locations")  # fmt: skip
    yield _("p_value", "mann_whitney_exact_untied", ("",), _TWO, "rank_sums", "2·P(U ≤ ⌊min(U, n₁n₂ − U)⌋), at most 1, as if there were no ties",
        "n1 <- length(x); n2 <- length(y); u <- sum(outer(x, y, \">\")) + sum(outer(x, y, \"==\")) / 2\n"
        "min(1, 2 * pwilcox(floor(min(u, n1 * n2 - u)), n1, n2))",
        _UNTIED_PY + "from scipy.stats import mannwhitneyu\n"
        "u = mannwhitneyu(x, y).statistic; u = int(min(u, len(x) * len(y) - u))\n"
        "print(min(1, 2 * w[:u + len(x) * (len(x) + 1) // 2 + 1].sum()))", "location.compare_locations")  # fmt: skip
    for name, correct in (("mann_whitney_asymptotic", False), ("mann_whitney_asymptotic_cc", True)):
        less = " − ½" if correct else ""
        yield _("p_value", name, ("",), _TWO, "rank_sums", f"z = (|U − n₁n₂/2|{less})/s, {_VARIANCE}",
            f"wilcox.test(x, y, exact = FALSE, correct = {str(correct).upper()})$$p.value",
            f'from scipy.stats import mannwhitneyu\nprint(mannwhitneyu(x, y, method="asymptotic", use_continuity={correct}).pvalue)', "location.compare_locations")  # fmt: skip


def _means() -> Iterator[Working]:
    for name, equal, formula in (
        (
            "student_t",
            True,
            "t = (x̄₁ − x̄₂)/se, se² = s²(1/n₁ + 1/n₂), s² the pooled variance, n₁ + n₂ − 2 degrees of freedom",
        ),
        ("welch_t", False, "t = (x̄₁ − x̄₂)/se, se² = s₁²/n₁ + s₂²/n₂, Satterthwaite's degrees of freedom"),
    ):
        r = f"t <- t.test(x, y, var.equal = {str(equal).upper()}, conf.level = $level)\n"
        python = f"from scipy.stats import ttest_ind\nt = ttest_ind(x, y, equal_var={equal})\n"
        yield _(
            "p_value",
            name,
            ("",),
            _TWO,
            "t_test",
            formula,
            r + "t$$p.value",
            python + "print(t.pvalue)",
            "location.compare_locations",
        )
        yield _("mean_difference", name, _ALL, _TWO, "t_test", formula.replace("t = ", "limits (x̄₁ − x̄₂) ∓ t·se; t = "),
            r + "c(mean(x) - mean(y), t$$conf.int[1:2])",
            python + "ci = t.confidence_interval($level)\nprint(x.mean() - y.mean(), ci.low, ci.high)", "location.mean_difference")  # fmt: skip


def _differences() -> Iterator[Working]:
    yield _("u_statistic", "", ("",), _TWO, "rank_sums", "the pairs with x > y, and half of those with x = y",
            'sum(outer(x, y, ">")) + sum(outer(x, y, "==")) / 2',
            "from scipy.stats import mannwhitneyu\nprint(mannwhitneyu(x, y).statistic)", "location.u_statistic")  # fmt: skip
    yield _("hodges_lehmann", "", ("",), _TWO, "hodges_lehmann", "the median of all n₁n₂ differences x − y",
            _DIFFERENCES_R + "median(s)", _DIFFERENCES_PY + "print(np.median(s))", "location.hodges_lehmann")  # fmt: skip
    yield _("hodges_lehmann", "exact", ("lower", "upper"), _TWO, "hodges_lehmann",
        "the k-th smallest and the k-th largest of the sorted differences, k the α/2 quantile of U, at least 1",
        _DIFFERENCES_R + "k <- max(1, qwilcox((1 - $level) / 2, n1, n2))\ns[c(k, n1 * n2 + 1 - k)]",
        _UNTIED_PY + _DIFFERENCES_PY + "below = w[len(x) * (len(x) + 1) // 2:].cumsum()\n"
        "k = max(1, int(np.searchsorted(below, (1 - $level) / 2 - 1e-14)))\nprint(s[k - 1], s[-k])", "location.hodges_lehmann")  # fmt: skip
    yield _("hodges_lehmann", "asymptotic_cc", ("lower", "upper"), _TWO, "hodges_lehmann",
        f"the k-th smallest and the k-th largest of the sorted differences, k = ⌊n₁n₂/2 + ½ − z·s⌋, at least 1; {_VARIANCE}",
        _DIFFERENCES_R + "t <- table(c(x, y)); N <- n1 + n2\n"
        "sd <- sqrt(n1 * n2 / 12 * (N + 1 - sum(t^3 - t) / (N * (N - 1))))\n"
        "k <- max(1, floor(n1 * n2 / 2 + 0.5 - qnorm((1 + $level) / 2) * sd))\ns[c(k, n1 * n2 + 1 - k)]",
        _DIFFERENCES_PY + "from scipy.stats import norm\nt = np.unique(np.r_[x, y], return_counts=True)[1].astype(float)\n"
        "N = len(x) + len(y); pairs = len(s)\nsd = (pairs / 12 * (N + 1 - (t ** 3 - t).sum() / (N * (N - 1)))) ** .5\n"
        "k = max(1, int(np.floor(pairs / 2 + .5 - norm.ppf((1 + $level) / 2) * sd)))\nprint(s[k - 1], s[-k])", "location.hodges_lehmann")  # fmt: skip


def _over_groups() -> Iterator[Working]:
    yield _("standardised_difference", "", ("",), _TWO, "standardised_means", "(x̄₁ − x̄₂)/√((s₁² + s₂²)/2)",
        "(mean(x) - mean(y)) / sqrt((var(x) + var(y)) / 2)",
        "print((x.mean() - y.mean()) / ((x.var() + y.var()) / 2) ** .5)", "location.standardised_difference")  # fmt: skip
    yield _("p_value", "kruskal_wallis", ("",), "groups of values", "kruskal_wallis",
            "H = 12/(N(N + 1))·Σ nᵢ(R̄ᵢ − (N + 1)/2)², divided by 1 − Σ(t³ − t)/(N³ − N)",
            "kruskal.test(d$$value, factor(d$$group))$$p.value",
            'from scipy.stats import kruskal\nprint(kruskal(*[v for _, v in d.groupby("group").value]).pvalue)',
            "location.compare_many_locations")  # fmt: skip
    yield _("p_value", "anova", ("",), "groups of values", "anova", "F = (Σ nᵢ(x̄ᵢ − x̄)²/(k − 1)) / (ΣΣ(x − x̄ᵢ)²/(N − k))",
            "anova(lm(value ~ group, d))[1, 5]",
            'from scipy.stats import f_oneway\nprint(f_oneway(*[v for _, v in d.groupby("group").value]).pvalue)',
            "location.compare_many_locations")  # fmt: skip


VALUES: tuple[Working, ...] = (*_described(), *_rank_sums(), *_means(), *_differences(), *_over_groups())
assert all(working.method in METHODS or not working.method for working in VALUES)
