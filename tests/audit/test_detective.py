"""The method detective: which methods print as published, family by family."""

from __future__ import annotations

import pytest

from hai_utils.audit.detective import Clue, detect
from hai_utils.audit.published import read_ledger
from hai_utils.results.table import Results
from tests.conftest import ROOT

PUBLISHED = ROOT / "data" / "published_numbers.csv"


@pytest.fixture(scope="module")
def clues(results: Results) -> dict[str, Clue]:
    """Return the clues, by the last row that prints each."""
    return {clue.ids[-1]: clue for clue in detect(read_ledger(PUBLISHED), results)}


def by_variable(clues: dict[str, Clue], variable: str) -> Clue:
    found = [clue for clue in clues.values() if clue.variable == variable]
    assert len(found) == 1
    return found[0]


# R 4.2: fisher.test, chisq.test(correct = FALSE), chisq.test on the printed counts.
@pytest.mark.parametrize(
    ("variable", "fitting", "fisher", "pearson", "yates"),
    [
        ("sex (male)", ("fisher_exact", "yates_chi2", "likelihood_ratio"), 0.0995, 0.0405, 0.1013),
        ("ORR", ("fisher_exact",), 0.0311, 0.0172, 0.0669),
        ("conversion", ("fisher_exact",), 0.0472, 0.0318, 0.0834),
        ("synchronous liver metastases", ("fisher_exact", "yates_chi2", "boschloo"), 1.0, 0.7686, 1.0),
        ("extrahepatic disease", ("fisher_exact", "yates_chi2", "boschloo"), 1.0, 0.7721, 1.0),
    ],
)
def test_fishers_test_alone_fits_every_2x2(
    clues: dict[str, Clue], variable: str, fitting: tuple[str, ...], fisher: float, pearson: float, yates: float
) -> None:
    clue = by_variable(clues, variable)
    values = {candidate.method: candidate.p_value for candidate in reversed(clue.candidates)}
    assert clue.fitting == fitting
    assert values["fisher_exact"] == pytest.approx(fisher, abs=5e-5)
    assert values["pearson_chi2"] == pytest.approx(pearson, abs=5e-5)
    assert values["yates_chi2"] == pytest.approx(yates, abs=5e-5)
    assert (clue.inferred, clue.recommended) == ("fisher_exact", "fisher_mid_p")


def test_the_p_of_sex_leaves_three_men_or_a_test_that_fits_nothing_else(clues: dict[str, Clue]) -> None:
    """Four men of 11 would need the likelihood ratio, which gives no other 2x2 of the article."""
    clue = by_variable(clues, "sex (male)")
    assert clue.notes == (
        "Fits 3/11 v 9/13 by Fisher's exact test, 3/11 v 9/13 by chi-square test with Yates' correction, "
        "4/11 v 9/13 by likelihood-ratio test.",
    )
    others = [c for c in clues.values() if c.family == "table" and c is not clue]
    assert not any("likelihood_ratio" in c.fitting for c in others)


def test_the_p_of_race_is_pearsons_on_one_table_of_four_categories(clues: dict[str, Clue]) -> None:
    clue = by_variable(clues, "race (White)")
    hits = [candidate for candidate in clue.candidates if candidate.fits]
    assert [(hit.method, hit.basis) for hit in hits] == [("pearson_chi2", "[10, 1, 0, 0] v [11, 0, 1, 1]")]
    assert hits[0].p_value == pytest.approx(0.4071, abs=5e-5)  # R: chisq.test
    assert (clue.family, clue.inferred, clue.recommended) == ("larger table", "pearson_chi2", "fisher_exact")


@pytest.mark.parametrize(
    ("variable", "u", "p"),
    [
        ("age", 62, 0.6085),
        ("BMI", 62, 0.6085),
        ("operative duration", 47, 0.1674),
        ("liver lesions", 59, 0.4940),
        ("largest lesion", 54, 0.3311),
        ("length of stay", 36, 0.0410),
        ("tumour reduction", 36, 0.0410),
    ],
)
def test_seven_p_values_lie_on_the_exact_lattice(clues: dict[str, Clue], variable: str, u: int, p: float) -> None:
    """The P is R's 2 * pwilcox(u, 11, 13)."""
    clue = by_variable(clues, variable)
    hit = next(c for c in clue.candidates if c.method == "mann_whitney_exact_untied" and c.basis.startswith("U="))
    assert hit.fits
    assert hit.basis == f"U={u} at 11 v 13, no ties"
    assert hit.p_value == pytest.approx(p, abs=5e-5)
    assert clue.inferred == "mann_whitney_exact"


@pytest.mark.parametrize("variable", ["age", "BMI", "largest lesion"])
def test_the_normal_approximation_cannot_give_some_of_them(clues: dict[str, Clue], variable: str) -> None:
    clue = by_variable(clues, variable)
    lattice = [c for c in clue.candidates if c.basis.startswith("U=")]
    assert [c.fits for c in lattice] == [True, False, False]


@pytest.mark.parametrize("variable", ["prior chemotherapy cycles", "HAI cycles"])
def test_two_need_ties_or_fewer_patients(clues: dict[str, Clue], variable: str) -> None:
    clue = by_variable(clues, variable)
    assert not any(
        c.fits for c in clue.candidates if c.method == "mann_whitney_exact_untied" and c.basis.startswith("U=")
    )
    assert clue.inferred == "mann_whitney_exact"


def test_one_rule_gives_all_nine_p_values_of_table_1(clues: dict[str, Clue]) -> None:
    continuous = [clue for clue in clues.values() if clue.family == "continuous"]
    assert len(continuous) == 9
    assert {clue.inferred for clue in continuous} == {"mann_whitney_exact"}


def test_survival_is_log_rank_and_not_the_crude_table(clues: dict[str, Clue]) -> None:
    clue = by_variable(clues, "overall survival")
    crude = {c.basis: c.p_value for c in clue.candidates if c.method == "crude table"}
    # R: fisher.test, chisq.test on 5/11 v 10/13.
    assert crude["Fisher's exact test on 5/11 v 10/13"] == pytest.approx(0.206, abs=5e-4)
    assert crude["Pearson's chi-square test on 5/11 v 10/13"] == pytest.approx(0.113, abs=5e-4)
    assert crude["chi-square test with Yates' correction on 5/11 v 10/13"] == pytest.approx(0.245, abs=5e-4)
    assert "crude table" not in clue.fitting
    assert clue.inferred == clue.recommended == "logrank"


def test_every_interval_is_walds(clues: dict[str, Clue]) -> None:
    intervals = [clue for clue in clues.values() if clue.family == "interval"]
    assert len(intervals) == 6
    assert {clue.fitting for clue in intervals} == {("percentile_wald",)}
    assert {clue.recommended for clue in intervals} == {"brookmeyer_crowley_loglog"}


def test_an_interval_tells_what_it_can_be(clues: dict[str, Clue]) -> None:
    notes = {clue.published: clue.notes for clue in clues.values() if clue.family == "interval"}
    assert any("44.6 lies beyond the longest follow-up of 36.6" in note for note in notes["23.7 (2.8 to 44.6)"])
    assert any("median in [9.75, 9.80)" in note for note in notes["9.8 (6.4 to 13.1)"])
    # Half widths over 1.96, by hand.
    for published, error in (("23.7 (14.3 to 33.1)", 4.80), ("23.7 (2.8 to 44.6)", 10.66), ("8.9 (4.7 to 13.1)", 2.14), ("9.8 (6.4 to 13.1)", 1.71), ("20.5 (6.1 to 34.9)", 7.35), ("12.7 (5.6 to 19.8)", 3.62)):  # fmt: skip
        assert f"As a Wald interval its standard error is {error:.2f}." in notes[published]


def test_every_printed_p_is_in_one_clue(clues: dict[str, Clue]) -> None:
    ledger = read_ledger(PUBLISHED)
    printed = [row.id for row in ledger if row.statistic == "p_value"]
    assert sorted(row for clue in clues.values() if clue.family != "interval" for row in clue.ids) == sorted(printed)
