"""Workings of survival endpoints: what is read off curves, tests between them, Cox models, competing events."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.catalogue.statistics import Part
from hai_utils.catalogue.workings.record import Data, Working

_ = Working
_CURVE: Data = "curve"
_PAIR: Data = "pair of curves"
_LIMITS: tuple[Part, ...] = ("lower", "upper")
_ALL: tuple[Part, ...] = ("", "lower", "upper")
_FIT_R = "f <- survfit(Surv(months, event) ~ 1, d{options})\n"
_FIT = _FIT_R.format(options="")
_LIFE_TABLE_PY = """from lifelines import KaplanMeierFitter
e = KaplanMeierFitter().fit({fit}).event_table
s = (1 - e.observed / e.at_risk).cumprod()
"""
_CURVE_PY = _LIFE_TABLE_PY.format(fit="d.months, d.event")
_GREENWOOD_PY = _CURVE_PY + "se = s * (e.observed / (e.at_risk * (e.at_risk - e.observed))).cumsum() ** .5\n"
_CROSSING_PY = """def half(s):  # where a curve falls to one half: the middle of the plateau where it stays there
    at, under = s.index[s <= .5 + 1e-9], s.index[s < .5 - 1e-9]
    if not len(at): return float("inf")
    return at[0] if s[at[0]] < .5 - 1e-9 else (at[0] + (under[0] if len(under) else d.months.max())) / 2
"""
_BANDS_PY = {
    "plain": "(s - z * se).clip(0, 1), (s + z * se).clip(0, 1)",
    "log": "s * np.exp(-z * se / s), (s * np.exp(z * se / s)).clip(upper=1)",
    "loglog": "s ** np.exp(-z * se / (s * np.log(s))), s ** np.exp(z * se / (s * np.log(s)))",
}
_BANDS = {
    "plain": "S ∓ z·se, within 0 and 1",
    "log": "S·exp(∓z·se/S), at most 1",
    "loglog": "S^exp(±z·se/(S·ln S))",
}
_IN_R = {"plain": "plain", "log": "log", "loglog": "log-log"}
_BAND_PY = (
    _GREENWOOD_PY
    + "import numpy as np\nfrom scipy.stats import norm\nz = norm.ppf((1 + $level) / 2)\nlow, high = {band}\n"
)
_COUNTS_R = """g <- d$$group == "$a"; t <- sort(unique(d$$months[d$$event == 1]))
n <- sapply(t, function(s) sum(d$$months >= s)); n1 <- sapply(t, function(s) sum(d$$months >= s & g))
e <- sapply(t, function(s) sum(d$$months == s & d$$event)); e1 <- sapply(t, function(s) sum(d$$months == s & d$$event & g))
"""
_COUNTS_PY = """import numpy as np
g = d.group == "$a"; t = np.unique(d.months[d.event == 1])
n, n1 = (np.array([(d.months[k] >= s).sum() for s in t]) for k in (g | ~g, g))
e, e1 = (np.array([((d.months == s) & (d.event == 1) & k).sum() for s in t]) for k in (g | ~g, g))
"""
_RMST_PY = """def rmst(d, tau):
    e = KaplanMeierFitter().fit(d.months, d.event).event_table[lambda e: e.index < tau]
    s = (1 - e.observed / e.at_risk).cumprod()
    area = (s * np.diff([*s.index, tau]))[::-1].cumsum()[::-1]  # from each time to tau
    keep = (e.observed > 0) & (e.observed < e.at_risk)
    return area.iloc[0], ((area ** 2 * e.observed / (e.at_risk * (e.at_risk - e.observed)))[keep].sum()) ** .5
"""
# By test: what each event time weighs, in words, in R, in lifelines.
_WEIGHTS = {
    "logrank": ("1", "1", ""),
    "gehan_wilcoxon": ("n", "n", 'weightings="wilcoxon"'),
    "tarone_ware": ("√n", "sqrt(n)", 'weightings="tarone-ware"'),
    "peto_peto": ("S̃ = Π(1 − d/(n + 1))", "cumprod(1 - e / (n + 1))", 'weightings="peto"'),
    "fleming_harrington_1_0": ("S just before the time", "c(1, cumprod(1 - e / n)[-length(n)])", ""),
}


def _counted() -> Iterator[Working]:
    for name, formula, r, python in (
        ("n", "the rows with a time and a status", "nrow(d)", "len(d)"),
        ("n_missing", "the rows without them", "missing", "missing"),
        ("events", "the rows with the event", "sum(d$$event)", "int(d.event.sum())"),
        ("time_min", "the shortest time", "min(d$$months)", "d.months.min()"),
        ("time_max", "the longest time", "max(d$$months)", "d.months.max()"),
        (
            "at_risk",
            "the rows with a time of t or more",
            "sum(d$$months >= $t - 1e-9)",
            "(d.months >= $t - 1e-9).sum()",
        ),
    ):
        yield _(name, "", ("",), _CURVE, "counted", formula, r, f"print({python})", "survival.at_risk")
    yield _("left_out", "", ("",), "curve", "left_out", "the rows with a time before the landmark", "sum(d$$months < $t - 1e-9)",
            "print((d.months < $t - 1e-9).sum())", "survival.landmark")  # fmt: skip


def _medians() -> Iterator[Working]:
    for rule, formula, r, python in (
        ("midpoint", "the time at which S falls below ½; where S stays at ½, the middle of that plateau",
         "as.numeric(quantile(f, 0.5, conf.int = FALSE))", _CROSSING_PY + "print(half(s))"),
        ("first_at_or_below", "the first event time with S ≤ ½", "min(f$$time[f$$surv <= 0.5 + 1e-9])", "print(s.index[s <= .5 + 1e-9][0])"),
    ):  # fmt: skip
        yield _(
            "median",
            rule,
            ("",),
            _CURVE,
            "survival_median",
            formula,
            _FIT + r,
            _CURVE_PY + python,
            "survival.median_survival",
        )


def _banded() -> Iterator[Working]:
    for kind, band in _BANDS.items():
        yield _("median", f"brookmeyer_crowley_{kind}", _LIMITS, _CURVE, "brookmeyer_crowley", f"where the pointwise limits {band} fall to ½",
            _FIT_R.format(options=f', conf.type = "{_IN_R[kind]}", conf.int = $level')
            + "q <- quantile(f, 0.5)\nas.numeric(c(q$$lower, q$$upper))",
            _BAND_PY.format(band=_BANDS_PY[kind]) + _CROSSING_PY + "print(half(low[s > 0]), half(high[s > 0]))", "survival.median_interval")  # fmt: skip
        yield _("survival_at", kind, _LIMITS, _CURVE, "survival_limits", band,
            _FIT_R.format(options=f', conf.type = "{_IN_R[kind]}", conf.int = $level')
            + "s <- summary(f, times = $t, extend = TRUE)\nif (s$$surv == 1) c(1, 1) else c(s$$lower, s$$upper)",
            _BAND_PY.format(band=_BANDS_PY[kind])
            + "at = s.index[s.index <= $t + 1e-9][-1]\nprint(*((1, 1) if s[at] == 1 else (low[at], high[at])))", "survival.survival_at")  # fmt: skip


def _by_greenwood() -> Iterator[Working]:
    yield _("median", "percentile_wald", (*_LIMITS, "se"), _CURVE, "percentile_wald",
        "se = se(S(t₅₀))·(l − u)/(S(u) − S(l)), u the last event time with S ≥ 0.55, l the first with S ≤ 0.45; t₅₀ ∓ z·se",
        _FIT + "k <- f$$n.event > 0; t <- f$$time[k]; s <- f$$surv[k]; se <- (f$$surv * f$$std.err)[k]\n"
        "m <- which(s <= 0.5 + 1e-9)[1]; u <- max(which(s >= 0.55 - 1e-9)); l <- which(s <= 0.45 + 1e-9)[1]\n"
        "w <- se[m] * (t[l] - t[u]) / (s[u] - s[l])\nc(t[m] + c(-1, 1) * qnorm((1 + $level) / 2) * w, w)",
        _GREENWOOD_PY + "from scipy.stats import norm\n"
        "s, se = s[e.observed > 0], se[e.observed > 0]\n"
        "m, u, l = s.index[s <= .5 + 1e-9][0], s.index[s >= .55 - 1e-9][-1], s.index[s <= .45 + 1e-9][0]\n"
        "w = se[m] * (l - u) / (s[u] - s[l]); z = norm.ppf((1 + $level) / 2)\nprint(m - z * w, m + z * w, w)", "survival.median_interval")  # fmt: skip
    yield _("survival_at", "", ("", "se"), _CURVE, "survival_at", "S(t) = Π (1 − d/n) over the event times up to t; se = S·√Σ d/(n(n − d))",
        _FIT + "s <- summary(f, times = $t, extend = TRUE)\nc(s$$surv, s$$std.err)",
        _GREENWOOD_PY + "at = s.index[s.index <= $t + 1e-9][-1]\nprint(s[at], se[at])", "survival.survival_at")  # fmt: skip
    yield _("rmst", "", ("", "se", "lower", "upper"), _CURVE, "restricted_mean",
        "the area under S up to τ; se² = Σ A²·d/(n(n − d)), A the area from each event time to τ",
        _FIT + 'm <- if ($t <= min(d$$months)) c($t, 0) else summary(f, rmean = $t)$$table[c("rmean", "se(rmean)")]\n'
        "as.numeric(c(m, m[1] + c(-1, 1) * qnorm((1 + $level) / 2) * m[2]))",
        "import numpy as np\nfrom lifelines import KaplanMeierFitter\nfrom scipy.stats import norm\n" + _RMST_PY
        + "m, se = rmst(d, $t); z = norm.ppf((1 + $level) / 2)\nprint(m, se, m - z * se, m + z * se)", "survival.restricted_mean")  # fmt: skip


def _followed() -> Iterator[Working]:
    for method, formula, r, python in (
        ("reverse_km", "the curve of the censorings, factors 1 − c/(n − d): those who have the event leave first; where it falls to ½",
         "Surv(months - 1e-7 * event, event == 0)", "d.months - 1e-7 * d.event, 1 - d.event"),
        ("reverse_km_survfit", "the curve of the censorings, factors 1 − c/n; where it falls to ½", "Surv(months, event == 0)",
         "d.months, 1 - d.event"),
    ):  # fmt: skip
        yield _("follow_up_median", method, ("",), _CURVE, "follow_up", formula,
            f"as.numeric(quantile(survfit({r} ~ 1, d), 0.5, conf.int = FALSE))",
            _LIFE_TABLE_PY.format(fit=python) + _CROSSING_PY + "print(half(s))", "survival.follow_up_median")  # fmt: skip
    yield _("follow_up_median", "observed", ("",), _CURVE, "observed", "the median of all times, whether they end in the event or not",
            "median(d$$months)", "print(d.months.median())", "survival.follow_up_median")  # fmt: skip


def _tests() -> Iterator[Working]:
    for method, (weight, r, lifelines) in _WEIGHTS.items():
        own = method == "fleming_harrington_1_0"
        formula = f"χ² = (Σ w(d₁ − d·n₁/n))²/Σ w²·d(n₁/n)(1 − n₁/n)(n − d)/(n − 1), w = {weight}"
        statistic = "sum(w * (e1 - e * n1 / n))^2 / sum(w^2 * e * (n1 / n) * (1 - n1 / n) * (n - e) / pmax(n - 1, 1))"
        in_r = (
            f"pchisq(survdiff(Surv(months, event) ~ group, d, rho = {int(own)})$$chisq, $df, lower.tail = FALSE)"
            if own or method == "logrank"
            else _COUNTS_R + f"w <- {r}\npchisq({statistic}, 1, lower.tail = FALSE)"
        )
        in_python = (
            _COUNTS_PY + "from scipy.stats import chi2\nw = np.r_[1, np.cumprod(1 - e / n)[:-1]]\n"
            "v = (w ** 2 * e * (n1 / n) * (1 - n1 / n) * (n - e) / np.maximum(n - 1, 1)).sum()\n"
            "print(chi2.sf((w * (e1 - e * n1 / n)).sum() ** 2 / v, 1))"
            if own
            else "from lifelines.statistics import multivariate_logrank_test\n"
            f"print(multivariate_logrank_test(d.months, d.group, d.event{', ' + lifelines if lifelines else ''}).p_value)"
        )
        yield _("p_value", method, ("",), _PAIR, "log_rank", formula, in_r, in_python, "rank_tests.compare_survival")


def _other_tests() -> Iterator[Working]:
    yield _("p_value", "logrank_permutation", ("",), _PAIR, "permutation",
        "scores: event − Σ d/n up to the time; the share of all ways to form the groups with |O − E| as large",
        "a <- sapply(d$$months, function(t) { u <- unique(d$$months[d$$event == 1 & d$$months <= t])\n"
        "  sum(vapply(u, function(s) sum(d$$months == s & d$$event) / sum(d$$months >= s), 0)) })\n"
        "library(coin); score <- d$$event - a\n"
        'as.numeric(pvalue(independence_test(score ~ factor(group), d, distribution = exact(algorithm = "split-up"))))',
        "", "rank_tests.logrank_permutation",
        without="No Python package lists all permutations of log-rank scores.",
    )  # fmt: skip
    yield _("p_value", "mantel_byar", ("",), "status", "status", "the log-rank test with each patient in the current status, without it until it is reached",
        'summary(coxph(Surv(start, stop, event) ~ status, p, ties = "exact"))$$sctest[[3]]', "", "time_dependent.mantel_byar",
        without="No Python package has the test.",
    )  # fmt: skip


_MODEL: tuple[Part, ...] = (*_ALL, "p")
_SUMMARY_R = "s <- summary({fit}, conf.int = $level)\nc(s$$conf.int[c(1, 3, 4)], s$$coefficients[5])"
_SCORE = "U(β) = Σ(d₁ − d·n₁e^β/(n₁e^β + n₀)) = 0 at β = ln HR; se = 1/√I(β); limits exp(β ∓ z·se)"
_STATSMODELS = (
    "import numpy as np\nfrom statsmodels.duration.hazard_regression import PHReg\n"
    'm = PHReg(d.months, (d.group == "$a").astype(float), status=d.event, ties="breslow").fit()\n'
    "print(np.exp(m.params[0]), *np.exp(m.conf_int(1 - $level)[0]), m.pvalues[0])"
)
_LIFELINES = (
    "from lifelines import CoxPHFitter\n"
    'd["level"] = (d.group == "$a").astype(int)\n'
    'm = CoxPHFitter(alpha=1 - $level).fit(d[["months", "event", "level"]], "months", "event", fit_options={"precision": 1e-10})\n'
    'print(*m.summary.loc["level", [f"exp(coef){x}" for x in ("", " lower $percent%", " upper $percent%")] + ["p"]])'
)
_EXACT = (
    _COUNTS_PY
    + "from scipy.optimize import minimize_scalar\nfrom scipy.special import comb\nfrom scipy.stats import norm\n"
    "def terms(b, k=0):  # Σ mᵏ C(n₁, m) C(n₀, d − m) e^(bm) at each event time\n"
    "    return np.array([sum(m ** k * comb(i, m) * comb(j - i, d - m) * np.exp(b * m) for m in range(d + 1)) for i, j, d in zip(n1, n, e)])\n"
    'b = minimize_scalar(lambda b: np.log(terms(b)).sum() - b * e1.sum(), bounds=(-15, 15), method="bounded", options={"xatol": 1e-10}).x\n'
    "se = (terms(b, 2) / terms(b) - (terms(b, 1) / terms(b)) ** 2).sum() ** -.5; z = norm.ppf((1 + $level) / 2)\n"
    "print(*np.exp([b, b - z * se, b + z * se]), 2 * norm.sf(abs(b / se)))"
)


def _cox() -> Iterator[Working]:
    for ties, python, words in (
        ("efron", _LIFELINES, "; of d tied events the r-th leaves r/d of those who have them out of the risk set"),
        ("breslow", _STATSMODELS, ""),
        ("exact", _EXACT, "; at tied events all choices of d from the risk set are summed over"),
    ):
        r = _SUMMARY_R.format(fit=f'coxph(Surv(months, event) ~ I(group == "$a"), d, ties = "{ties}")')
        yield _("hazard_ratio", f"cox_{ties}", _MODEL, _PAIR, "cox", _SCORE + words, r, python, "regression.cox")


def _firth() -> Iterator[Working]:
    firth_r = (
        _COUNTS_R + "l <- function(b) { p <- n1 * exp(b) / (n1 * exp(b) + n - n1); info <- sum(e * p * (1 - p))\n"
        "  sum(e1) * b - sum(e * log(n1 * exp(b) + n - n1)) + log(info) / 2 }\n"
        "m <- optimize(l, c(-14, 14), maximum = TRUE, tol = 1e-9); b <- m$$maximum; h <- m$$objective - qnorm((1 + $level) / 2)^2 / 2\n"
        "ends <- sapply(c(-15, 15), function(end) uniroot(function(b) l(b) - h, sort(c(b, end)), tol = 1e-10)$$root)\n"
        "c(exp(c(b, ends)), pchisq(2 * (m$$objective - l(0)), 1, lower.tail = FALSE))"
    )
    firth_py = (
        _COUNTS_PY + "from scipy.optimize import brentq, minimize_scalar\nfrom scipy.stats import chi2\n"
        "def l(b):\n    p = n1 * np.exp(b) / (n1 * np.exp(b) + n - n1)\n"
        "    return e1.sum() * b - (e * np.log(n1 * np.exp(b) + n - n1)).sum() + np.log((e * p * (1 - p)).sum()) / 2\n"
        'b = minimize_scalar(lambda b: -l(b), bounds=(-14, 14), method="bounded", options={"xatol": 1e-9}).x\n'
        "h = l(b) - chi2.ppf($level, 1) / 2\n"
        "print(*np.exp([b, brentq(lambda b: l(b) - h, -15, b), brentq(lambda b: l(b) - h, b, 15)]), chi2.sf(2 * (l(b) - l(0)), 1))"
    )
    yield _("hazard_ratio", "cox_firth", _MODEL, _PAIR, "firth",
        "the maximum of l(β) + ½ ln I(β); limits where it falls by z²/2; P from twice its height over β = 0", firth_r, firth_py, "regression.cox")  # fmt: skip


def _hazards() -> Iterator[Working]:
    for transform in ("km", "rank", "identity"):
        yield _("proportional_hazards_p", f"schoenfeld_{transform}", ("",), _PAIR, "proportional_hazards",
            "the score test of x·g(t) added to the Cox model, Efron's ties",
            f'cox.zph(coxph(Surv(months, event) ~ I(group == "$a"), d), transform = "{transform}")$$table[1, 3]', "",
            "regression.proportional_hazards_test",
            without="lifelines' proportional_hazard_test averages the information over the events, as R did before survival 3.0, "
            "and gives another P.",
        )  # fmt: skip


def _changing() -> Iterator[Working]:
    changing = 'coxph(Surv(start, stop, event) ~ status, p, ties = "{ties}")'
    for ties in ("efron", "breslow", "exact"):
        yield _("hazard_ratio", f"cox_{ties}", _MODEL, "status", "status", _SCORE + "; each patient counts in the current status",
                _SUMMARY_R.format(fit=changing.format(ties=ties)), "", "time_dependent.cox_time_dependent",
                without="lifelines' CoxTimeVaryingFitter stops before the last digits and has Efron's ties alone.")  # fmt: skip
    for name, words, r, python in (
        ("n", "the rows that are ever in the status", 'length(unique(p$$row[p$$status == $code]))', "p[p.status == $code].row.nunique()"),
        ("events", "the events in the status", "sum(p$$event[p$$status == $code])", "int(p.event[p.status == $code].sum())"),
        ("at_risk", "the rows in the status at t", "with(p, sum(status == $code & start < $t - 1e-9 & stop >= $t - 1e-9 | status == $code & start == 0 & $t == 0))",
         "((p.status == $code) & ((p.start < $t - 1e-9) & (p.stop >= $t - 1e-9) | (p.start == 0) & ($t == 0))).sum()"),
    ):  # fmt: skip
        yield _(name, "", ("",), "status", "status", words, r, f"print({python})", "time_dependent.simon_makuch")


def _areas() -> Iterator[Working]:
    rmst_r = (
        'm <- sapply(c("$a", "$b"), function(g) { d <- d[d$$group == g, ]; f <- survfit(Surv(months, event) ~ 1, d)\n'
        '  if ($t <= min(d$$months)) c($t, 0) else summary(f, rmean = $t)$$table[c("rmean", "se(rmean)")] })\n'
    )
    yield _("rmst_difference", "", ("", "se", "lower", "upper", "p"), _PAIR, "restricted_mean_difference",
        "the difference of the areas; se² the sum of both; z = difference/se",
        rmst_r + "v <- as.numeric(m[1, 1] - m[1, 2]); se <- sqrt(sum(m[2, ]^2))\n"
        "c(v, se, v + c(-1, 1) * qnorm((1 + $level) / 2) * se, 2 * pnorm(-abs(v / se)))",
        "import numpy as np\nfrom lifelines import KaplanMeierFitter\nfrom scipy.stats import norm\n" + _RMST_PY
        + '(m1, se1), (m2, se2) = (rmst(d[d.group == g], $t) for g in ("$a", "$b"))\n'
        "v, se, z = m1 - m2, np.hypot(se1, se2), norm.ppf((1 + $level) / 2)\nprint(v, se, v - z * se, v + z * se, 2 * norm.sf(abs(v / se)))", "survival.restricted_mean_difference")  # fmt: skip


def _crossings() -> Iterator[Working]:
    r = (
        "t <- sort(unique(d$$months)); t <- t[t <= min(tapply(d$$months, d$$group, max))]\n"
        "S <- function(g) { f <- survfit(Surv(months, event) ~ 1, d[d$$group == g, ]); stepfun(f$$time, c(1, f$$surv))(t) }\n"
        'gap <- S("$a") - S("$b"); k <- abs(gap) > 1e-9; s <- sign(gap[k])\n'
        "cross <- t[k][-1][s[-1] != s[-length(s)]]\n"
    )
    python = (
        "import numpy as np\nfrom lifelines import KaplanMeierFitter\n"
        't = np.unique(d.months); t = t[t <= d.groupby("group").months.max().min()]\n'
        "S = lambda g: KaplanMeierFitter().fit(d.months[d.group == g], d.event[d.group == g]).survival_function_at_times(t).to_numpy()\n"
        'gap = S("$a") - S("$b"); k = abs(gap) > 1e-9; s = np.sign(gap[k])\n'
        "cross = t[k][1:][s[1:] != s[:-1]]\n"
    )
    for name, words, in_r, in_python in (
        (
            "crossings",
            "how often the curve that is above the other changes, as far as both are followed",
            "length(cross)",
            "len(cross)",
        ),
        (
            "last_crossing",
            "the last time at which the curve that is above the other changes",
            "tail(cross, 1)",
            "cross[-1]",
        ),
    ):
        yield _(
            name, "", ("",), _PAIR, "crossings", words, r + in_r, f"{python}print({in_python})", "crossing.crossings"
        )


def _competing() -> Iterator[Working]:
    yield _("events", "", ("",), "causes", "causes_counted", "the rows with this event first", 'sum(d$$cause == "$cause")',
            'print((d.cause == "$cause").sum())', "competing.cumulative_incidences")  # fmt: skip
    yield _("cumulative_incidence", "aalen_johansen", ("", "se", "lower", "upper"), "causes", "cumulative_incidence",
        "F(t) = Σ S(t−)·d/n over the times s up to t, S the share without any event; limits F^exp(±z·se/(F·ln F)); "
        "se² = Σ (S(s−)/n)²·(d(1 + G)² + o·G²), o the other events, G = (F(s) − F(t))/S(s), of k tied d or o each less (k − 1)/(n − 1) of it",
        'library(cmprsk)\nf <- if (any(d$$cause != "censored")) cuminc(d$$months, d$$cause, cencode = "censored")[["1 $cause"]]\n'
        "i <- sum(f$$time <= $t + 1e-9); v <- if (i) f$$est[i] else 0; se <- if (i) sqrt(f$$var[i]) else 0\n"
        "c(v, se, if (min(v, 1 - v) < 1e-9) c(0, 0) / (1 - round(v)) else v^exp(c(-1, 1) * qnorm((1 + $level) / 2) * se / (v * log(v))))",
        _LIFE_TABLE_PY.format(fit='d.months, d.cause != "censored"')
        + 'own = (d[d.cause == "$cause"].groupby("months").size()).reindex(e.index, fill_value=0)\n'
        "import numpy as np\nfrom scipy.stats import norm\nk = e.index <= $t + 1e-9\n"
        "n, d, o, S, b = (x[k].to_numpy() for x in (e.at_risk, own, e.observed - own, s, s.shift(fill_value=1)))\n"
        "F = (b * d / n).cumsum(); v = F[-1] if len(F) else 0\nG = np.divide(F - v, S, out=np.zeros(len(S)), where=S > 0)\n"
        "u = lambda x: x * (1 - (x - 1).clip(0) / (n - 1).clip(1))  # less for ties, as cmprsk\n"
        "se = ((b / n) ** 2 * (u(d) * (1 + G) ** 2 + u(o) * (S > 0) * G ** 2)).sum() ** .5; z = norm.ppf((1 + $level) / 2)\n"
        "limits = [0, 0] if v < 1e-9 else [np.nan] * 2 if v > 1 - 1e-9 else v ** np.exp(np.array([-1, 1]) * z * se / (v * np.log(v)))\n"
        "print(v, se, *limits)", "competing.cumulative_incidences")  # fmt: skip
    yield _("p_value", "gray", ("",), "groups of causes", "gray", "Gray's test of equal cumulative incidence, ρ = 0",
        'library(cmprsk)\ncuminc(d$$months, d$$cause, d$$group, cencode = "censored")$$Tests["$cause", "pv"]', "", "competing.gray_test",
        without="No Python package has Gray's test.",
    )  # fmt: skip


CURVES: tuple[Working, ...] = (
    *_counted(), *_medians(), *_banded(), *_by_greenwood(), *_followed(), *_tests(), *_other_tests(), *_cox(), *_firth(), *_hazards(),
    *_changing(), *_areas(), *_crossings(), *_competing(),
)  # fmt: skip
