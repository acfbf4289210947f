"""Workings of counts, proportions, and tables of counts."""

from __future__ import annotations

from hai_utils.catalogue.statistics import Part
from hai_utils.catalogue.workings.record import Working

_ = Working
_LIMITS: tuple[Part, ...] = ("lower", "upper")
_ALL: tuple[Part, ...] = ("", "lower", "upper")
_EXPECTED_R = "E <- outer(rowSums(m), colSums(m)) / sum(m)\n"
_EXPECTED_PY = "import numpy as np\nE = np.outer(m.sum(axis=1), m.sum(axis=0)) / m.sum()\n"
_FIRST_R = "x <- m[, 1]; n <- rowSums(m)\n"
_FIRST_PY = "x1, x2 = map(int, m[:, 0])\nn1, n2 = map(int, m.sum(axis=1))\n"
_HYPERGEOMETRIC_R = (
    _FIRST_R
    + """k <- max(0, sum(x) - n[2]):min(n[1], sum(x))
p <- dhyper(k, n[1], n[2], sum(x)); p0 <- dhyper(x[1], n[1], n[2], sum(x))
"""
)
_HYPERGEOMETRIC_PY = (
    _FIRST_PY
    + """import numpy as np
from scipy.stats import hypergeom
k = np.arange(max(0, x1 + x2 - n2), min(n1, x1 + x2) + 1)
p = hypergeom.pmf(k, n1 + n2, x1 + x2, n1)
p0 = hypergeom.pmf(x1, n1 + n2, x1 + x2, n1)
"""
)
_SUPREMUM_R = """f <- function(q) sum(outer(dbinom(0:n[1], n[1], q), dbinom(0:n[2], n[2], q))[extreme])
q <- seq(0, 1, 0.001); best <- q[which.max(sapply(q, f))]
optimize(f, c(max(0, best - 0.001), min(1, best + 0.001)), maximum = TRUE, tol = 1e-12)$$objective"""
_SUPREMUM_PY = """f = lambda q: np.outer(binom.pmf(range(n1 + 1), n1, q), binom.pmf(range(n2 + 1), n2, q))[extreme].sum()
best = max(np.linspace(0, 1, 1001), key=f)
print(f(minimize_scalar(lambda q: -f(q), bounds=(max(0, best - .001), min(1, best + .001)), method="bounded", options={"xatol": 1e-12}).x))"""
_LARGER_PY = """from math import comb, prod
rows, columns = m.sum(axis=1), [int(c) for c in m.sum(axis=0)]
def columns_of(total, free):  # every way to fill a column
    if len(free) == 1: return [(total,)] if total <= free[0] else []
    return [(i, *rest) for i in range(min(total, free[0]) + 1) for rest in columns_of(total - i, free[1:])]
def weights(free, left):  # of all tables with these margins
    if not left: return [1]
    return [w * prod(map(comb, free, c)) for c in columns_of(left[0], free) for w in weights(tuple(f - i for f, i in zip(free, c)), left[1:])]
free, observed = tuple(int(r) for r in rows), 1
for c in m.T.tolist(): observed *= prod(map(comb, free, c)); free = tuple(f - i for f, i in zip(free, c))
w = weights(tuple(int(r) for r in rows), columns)
print(sum(v for v in w if v <= observed * (1 + 1e-7)) / sum(w))"""
_WOOLF = "OR = ad/(bc); se = √(1/a + 1/b + 1/c + 1/d); limits OR·exp(∓z·se)"

COUNTS: tuple[Working, ...] = (
    _("n", "", ("",), "count of all", "recorded", "the rows with a recorded value", "n", "print(n)", ""),
    _("n_missing", "", ("",), "count", "recorded", "the rows without one", "missing", "print(missing)", "one_group.mean"),
    _("count", "", ("",), "count", "share", "the rows that have it", "x", "print(x)", "proportions.proportion"),
    _("percent", "", ("",), "count", "share", "100·x/n", "100 * x / n", "print(100 * x / n)", "proportions.proportion"),
    _("proportion", "", ("",), "count", "share", "x/n", "x / n", "print(x / n)", "proportions.proportion"),
    _("proportion", "clopper_pearson", _LIMITS, "count", "clopper_pearson",
        "lower: P(X ≥ x | p) = α/2; upper: P(X ≤ x | p) = α/2; quantiles of Beta(x, n−x+1) and Beta(x+1, n−x)",
        "binom.test(x, n, conf.level = $level)$$conf.int[1:2]",
        'from scipy.stats import binomtest\nci = binomtest(int(x), int(n)).proportion_ci($level, method="exact")\nprint(ci.low, ci.high)', "proportions.proportion"),
    _("proportion", "wilson", _LIMITS, "count", "wilson",
        "(p + z²/2n ∓ z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)",
        "suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = $level))$$conf.int[1:2]",
        'from scipy.stats import binomtest\nci = binomtest(int(x), int(n)).proportion_ci($level, method="wilson")\nprint(ci.low, ci.high)', "proportions.proportion"),
    _("proportion", "jeffreys", _LIMITS, "count", "jeffreys",
        "quantiles α/2 and 1−α/2 of Beta(x+½, n−x+½); 0 at x = 0, 1 at x = n",
        "q <- qbeta(c(1 - $level, 1 + $level) / 2, x + 0.5, n - x + 0.5)\nc(if (x == 0) 0 else q[1], if (x == n) 1 else q[2])",
        "from scipy.stats import beta\nlow, high = beta.ppf([(1 - $level) / 2, (1 + $level) / 2], x + .5, n - x + .5)\n"
        "print(0 if x == 0 else low, 1 if x == n else high)", "proportions.proportion"),
    _("risk_difference", "", ("",), "pair of counts", "risk_difference", "x₁/n₁ − x₂/n₂", "x[1] / n[1] - x[2] / n[2]",
      "print(x1 / n1 - x2 / n2)", "proportions.risk_difference"),
    _("risk_difference", "newcombe", _LIMITS, "pair of counts", "newcombe",
        "with Wilson's limits l, u of each group: d − √((p₁−l₁)² + (u₂−p₂)²) to d + √((u₁−p₁)² + (p₂−l₂)²)",
        "w <- sapply(1:2, function(i) suppressWarnings(prop.test(x[i], n[i], correct = FALSE, conf.level = $level))$$conf.int)\n"
        "p <- x / n; d <- p[1] - p[2]\n"
        "c(d - sqrt((p[1] - w[1, 1])^2 + (w[2, 2] - p[2])^2), d + sqrt((w[2, 1] - p[1])^2 + (p[2] - w[1, 2])^2))",
        "from statsmodels.stats.proportion import confint_proportions_2indep\n"
        'print(*confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - $level))', "proportions.risk_difference"),
    _("risk_difference", "miettinen_nurminen", _LIMITS, "pair of counts", "miettinen_nurminen",
        "all Δ with (d − Δ)² ≤ z²·(p̃₁q̃₁/n₁ + p̃₂q̃₂/n₂)·N/(N−1), p̃ the maximum likelihood estimates under p₁ − p₂ = Δ",
        "d <- x[1] / n[1] - x[2] / n[2]; N <- sum(n)\n"
        "excess <- function(D) {\n"
        "  l <- function(p) sum(dbinom(x, n, pmin(pmax(c(p + D, p), 1e-15), 1 - 1e-15), log = TRUE))\n"
        "  p <- optimize(l, c(max(0, -D), min(1, 1 - D)), maximum = TRUE, tol = 1e-12)$$maximum + c(D, 0)\n"
        "  (d - D)^2 - qnorm((1 + $level) / 2)^2 * sum(p * (1 - p) / n) * N / (N - 1) }\n"
        "c(uniroot(excess, c(-1 + 1e-9, d - 1e-9), tol = 1e-10)$$root, uniroot(excess, c(d + 1e-9, 1 - 1e-9), tol = 1e-10)$$root)",
        "import numpy as np\nfrom scipy.optimize import brentq, minimize_scalar\nfrom scipy.stats import binom, norm\n"
        "d, N = x1 / n1 - x2 / n2, n1 + n2\n"
        "def excess(D):\n"
        "    l = lambda p: -(binom.logpmf(x1, n1, np.clip(p + D, 1e-15, 1 - 1e-15)) + binom.logpmf(x2, n2, np.clip(p, 1e-15, 1 - 1e-15)))\n"
        '    p = minimize_scalar(l, bounds=(max(0, -D), min(1, 1 - D)), method="bounded", options={"xatol": 1e-12}).x\n'
        "    return (d - D) ** 2 - norm.ppf((1 + $level) / 2) ** 2 * ((p + D) * (1 - p - D) / n1 + p * (1 - p) / n2) * N / (N - 1)\n"
        "print(brentq(excess, -1 + 1e-9, d - 1e-9), brentq(excess, d + 1e-9, 1 - 1e-9))", "proportions.risk_difference"),
    _("risk_difference", "wald", _LIMITS, "pair of counts", "wald", "d ∓ z·√(p₁q₁/n₁ + p₂q₂/n₂)",
        "p <- x / n; se <- sqrt(sum(p * (1 - p) / n))\np[1] - p[2] + c(-1, 1) * qnorm((1 + $level) / 2) * se",
        "from statsmodels.stats.proportion import confint_proportions_2indep\n"
        'print(*confint_proportions_2indep(x1, n1, x2, n2, method="wald", compare="diff", alpha=1 - $level))', "proportions.risk_difference"),
    _("odds_ratio", "conditional_mle", _ALL, "pair of counts", "conditional_odds_ratio",
        "Fisher's noncentral hypergeometric distribution: mean = x₁ at the estimate; P(X ≥ x₁) = α/2 at the lower limit, P(X ≤ x₁) = α/2 at the upper",
        "k <- max(0, sum(x) - n[2]):min(n[1], sum(x)); h <- dhyper(k, n[1], n[2], sum(x), log = TRUE); a <- (1 - $level) / 2\n"
        "w <- function(b) { l <- h + b * k; e <- exp(l - max(l)); e / sum(e) }\n"
        "root <- function(f) exp(uniroot(f, c(-40, 40), tol = 1e-12)$$root)\n"
        "least <- x[1] == min(k); most <- x[1] == max(k)\n"
        "c(if (most) Inf else if (least) 0 else root(function(b) sum(k * w(b)) - x[1]),\n"
        "  if (least) 0 else root(function(b) sum(w(b)[k >= x[1]]) - a), if (most) Inf else root(function(b) sum(w(b)[k <= x[1]]) - a))",
        "from scipy.stats.contingency import odds_ratio\n"
        "found = odds_ratio([[int(x1), int(n1 - x1)], [int(x2), int(n2 - x2)]])\nci = found.confidence_interval($level)\n"
        "print(found.statistic, ci.low, ci.high)", "proportions.odds_ratio"),
    _("odds_ratio", "sample", _ALL, "pair of counts", "logarithmic", _WOOLF,
        "a <- x[1]; b <- n[1] - a; c <- x[2]; d <- n[2] - c\n"
        "a * d / (b * c) * exp(c(0, -1, 1) * qnorm((1 + $level) / 2) * sqrt(1/a + 1/b + 1/c + 1/d))",
        "from statsmodels.stats.contingency_tables import Table2x2\n"
        "t = Table2x2([[x1, n1 - x1], [x2, n2 - x2]])\nprint(t.oddsratio, *t.oddsratio_confint(1 - $level))", "proportions.odds_ratio"),
    _("odds_ratio", "haldane", _ALL, "pair of counts", "logarithmic", f"a, b, c, d each + ½: {_WOOLF}",
        "a <- x[1] + 0.5; b <- n[1] - x[1] + 0.5; c <- x[2] + 0.5; d <- n[2] - x[2] + 0.5\n"
        "a * d / (b * c) * exp(c(0, -1, 1) * qnorm((1 + $level) / 2) * sqrt(1/a + 1/b + 1/c + 1/d))",
        "from statsmodels.stats.contingency_tables import Table2x2\n"
        "t = Table2x2([[x1 + .5, n1 - x1 + .5], [x2 + .5, n2 - x2 + .5]], shift_zeros=False)\n"
        "print(t.oddsratio, *t.oddsratio_confint(1 - $level))", "proportions.odds_ratio"),
    _("p_value", "fisher_exact", ("",), "table", "fisher", "the sum of the probabilities of all tables with these margins that are no more likely than the one observed",
        "fisher.test(m, workspace = 2e7)$$p.value",
        "if m.shape == (2, 2):\n    from scipy.stats import fisher_exact\n    print(fisher_exact(m).pvalue)\nelse:\n    "
        + _LARGER_PY.replace("\n", "\n    "), "contingency.compare_table"),
    _("p_value", "fisher_mid_p", ("",), "table", "fisher", "the probabilities of all less likely tables, and half of those equally likely",
        _HYPERGEOMETRIC_R + "sum(p[p < p0 * (1 - 1e-7)]) + sum(p[abs(p - p0) <= p0 * 1e-7]) / 2",
        _HYPERGEOMETRIC_PY + "print(p[p < p0 * (1 - 1e-7)].sum() + p[abs(p - p0) <= p0 * 1e-7].sum() / 2)", "contingency.compare_table"),
    _("p_value", "pearson_chi2", ("",), "table", "chi_square", "χ² = Σ (O − E)²/E, E = row total · column total / N",
      "suppressWarnings(chisq.test(m, correct = FALSE))$$p.value",
      "from scipy.stats import chi2_contingency\nprint(chi2_contingency(m, correction=False).pvalue)", "contingency.compare_table"),
    _("p_value", "yates_chi2", ("",), "table", "chi_square", "χ² = N·max(0, |ad − bc| − N/2)² / (r₁r₂c₁c₂)",
      "suppressWarnings(chisq.test(m, correct = TRUE))$$p.value",
      "from scipy.stats import chi2_contingency\nprint(chi2_contingency(m, correction=True).pvalue)", "contingency.compare_table"),
    _("p_value", "n_minus_1_chi2", ("",), "table", "chi_square", "χ² = (N − 1)/N · Σ (O − E)²/E",
      _EXPECTED_R + "pchisq(sum((m - E)^2 / E) * (sum(m) - 1) / sum(m), 1, lower.tail = FALSE)",
      _EXPECTED_PY + "from scipy.stats import chi2\nprint(chi2.sf(((m - E) ** 2 / E).sum() * (m.sum() - 1) / m.sum(), 1))",
      "contingency.compare_table"),
    _("p_value", "likelihood_ratio", ("",), "table", "chi_square", "G = 2·Σ O·ln(O/E)",
      _EXPECTED_R + "pchisq(2 * sum(m * log(m / E), na.rm = TRUE), (nrow(m) - 1) * (ncol(m) - 1), lower.tail = FALSE)",
      'from scipy.stats import chi2_contingency\nprint(chi2_contingency(m, correction=False, lambda_="log-likelihood").pvalue)',
      "contingency.compare_table"),
    _("p_value", "boschloo", ("",), "table", "unconditional",
        "sup over the common proportion q of P(Fisher's P ≤ the one observed | q), both group sizes fixed",
        _FIRST_R + "P <- outer(0:n[1], 0:n[2], Vectorize(function(i, j) fisher.test(matrix(c(i, n[1] - i, j, n[2] - j), 2))$$p.value))\n"
        "extreme <- P <= P[x[1] + 1, x[2] + 1] * (1 + 1e-7)\n" + _SUPREMUM_R,
        _FIRST_PY + "import numpy as np\nfrom scipy.optimize import minimize_scalar\nfrom scipy.stats import binom, fisher_exact\n"
        "P = np.array([[fisher_exact([[i, n1 - i], [j, n2 - j]]).pvalue for j in range(n2 + 1)] for i in range(n1 + 1)])\n"
        "extreme = P <= P[x1, x2] * (1 + 1e-7)\n" + _SUPREMUM_PY, "contingency.compare_table"),
    _("p_value", "barnard", ("",), "table", "unconditional",
        "sup over the common proportion q of P(|z| ≥ the one observed | q), z with the pooled variance, both group sizes fixed",
        _FIRST_R + "z <- outer(0:n[1], 0:n[2], function(i, j) { q <- (i + j) / sum(n)\n"
        "  ifelse(q %in% 0:1, 0, abs(i / n[1] - j / n[2]) / sqrt(q * (1 - q) * sum(1 / n))) })\n"
        "extreme <- z >= z[x[1] + 1, x[2] + 1] - 1e-9\n" + _SUPREMUM_R,
        _FIRST_PY + "import numpy as np\nfrom scipy.optimize import minimize_scalar\nfrom scipy.stats import binom\n"
        "i, j = np.ogrid[:n1 + 1, :n2 + 1]\nq = (i + j) / (n1 + n2)\n"
        "z = abs(i / n1 - j / n2) / np.sqrt(np.where(q * (1 - q) > 0, q * (1 - q) * (1 / n1 + 1 / n2), np.inf))\n"
        "extreme = z >= z[x1, x2] - 1e-9\n" + _SUPREMUM_PY, "contingency.compare_table"),
    _("fragility_index", "", ("",), "pair of counts", "fragility",
        "the fewest patients in the group with the fewer events whose outcome must flip for Fisher's P to cross the level",
        "P <- function(x) fisher.test(rbind(x, n - x))$$p.value\n"
        "i <- order(x, -n)[1]; before <- P(x) < $alpha\n"
        "crosses <- function(k) any(sapply(c(k, -k), function(s) { y <- x; y[i] <- y[i] + s\n"
        "  y[i] >= 0 && y[i] <= n[i] && (P(y) < $alpha) != before }))\n"
        "which(sapply(1:max(n), crosses))[1]",
        "from scipy.stats import fisher_exact\n"
        "x, n = [int(x1), int(x2)], [int(n1), int(n2)]\n"
        "significant = lambda x: fisher_exact([[x[0], n[0] - x[0]], [x[1], n[1] - x[1]]]).pvalue < $alpha\n"
        "i = min((0, 1), key=lambda i: (x[i], -n[i]))\n"
        "flipped = lambda s: [v + s * (j == i) for j, v in enumerate(x)]\n"
        "print(next(k for k in range(1, max(n) + 1) for s in (k, -k) if 0 <= x[i] + s <= n[i] and significant(flipped(s)) != significant(x)))", "contingency.fragility_index"),
    _("standardised_difference", "", ("",), "table", "standardised_proportions",
        "two levels: (p₁ − p₂)/√((p₁q₁ + p₂q₂)/2); more: √(Δp′ S⁻¹ Δp), S the mean of the two covariance matrices",
        "p <- (m / rowSums(m))[, -ncol(m), drop = FALSE]; d <- p[1, ] - p[2, ]\n"
        "S <- (diag(p[1, ], ncol(p)) - outer(p[1, ], p[1, ]) + diag(p[2, ], ncol(p)) - outer(p[2, ], p[2, ])) / 2\n"
        "as.numeric(sqrt(d %*% solve(S, d))) * if ($levels == 2) sign(d[1]) else 1",
        "import numpy as np\np = (m / m.sum(axis=1, keepdims=True))[:, :-1]\nd = p[0] - p[1]\n"
        "S = (np.diag(p[0]) - np.outer(p[0], p[0]) + np.diag(p[1]) - np.outer(p[1], p[1])) / 2\n"
        "print(np.sqrt(d @ np.linalg.solve(S, d)) * (np.sign(d[0]) if $levels == 2 else 1))", "location.standardised_difference_proportions"),
    _("p_value_holm", "holm", ("",), "several P", "holm", "the i-th smallest of m P values times m − i + 1, made monotone, at most 1",
      'p.adjust(p, "holm")[["$variable"]]',
      "from statsmodels.stats.multitest import multipletests\n"
      'adjusted = dict(zip(p, multipletests(list(p.values()), method="holm")[1]))\nprint(adjusted["$variable"])',
      "multiplicity.holm"),
)  # fmt: skip
