"""What the page shows at changed choices is what `hai build` makes of them: every page, to the last letter."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from base64 import b64encode
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hai_utils.parameters import Parameters, as_plain
from hai_utils.profiles import resolve
from hai_utils.project import USUAL_FORMATS
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.inputs import Inputs
from tests.conftest import ROOT
from tests.page.live.conftest import Asked

QUICK = "hazard_ratio_method=cox_firth"
CHANGES = (
    QUICK, "response_threshold_percent=30", "style=lancet",
    "confidence_level=0.9", "confidence_level=0.99", "significance_level=0.01", "response_threshold_percent=65",
    "response_criterion=recist_1_1", "response_criterion=who_1979", "continuous_test=welch_t", "continuous_test=student_t",
    "continuous_test=mann_whitney_asymptotic", "categorical_test=pearson_chi2", "categorical_test=boschloo",
    "categorical_test=fisher_mid_p", "larger_table_test=likelihood_ratio", "quartile_method=type_7",
    "mean_difference_method=welch_t", "hodges_lehmann_method=asymptotic_cc", "proportion_interval=wilson",
    "proportion_interval=jeffreys", "risk_difference_interval=miettinen_nurminen", "risk_difference_interval=wald",
    "odds_ratio_method=haldane", "median_rule=midpoint", "median_interval=brookmeyer_crowley_loglog",
    "survival_interval=log", "follow_up_method=reverse_km", "survival_test=gehan_wilcoxon", "survival_test=peto_peto",
    "hazard_ratio_method=cox_breslow", "proportional_hazards_test=schoenfeld_rank", "time_grid_months=[0, 12, 24, 36]",
    "restricted_mean_months=[6, 18]", "landmark_months=[3, 9]", "seed=7", "outcomes=[objective_response, os]",
    "primary_endpoint=pfs", "style=jama", "rounding=half_even",
)  # fmt: skip
# Each takes a build; LIVE_CHANGES=40 tries all.
MOST = int(os.environ.get("LIVE_CHANGES", "2"))
PICTURE = re.compile(r'src="([^"]*_images/[^"]*)"')
ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.DOTALL)


def test_there_are_forty_single_changes() -> None:
    assert len(set(CHANGES)) == 40


def built(parameters: Parameters, out: Path) -> Path:
    make_book(Inputs.of(ROOT, parameters), out, BookOptions(USUAL_FORMATS, stream=StringIO()))
    return out / "html"


def data_address(path: Path) -> str:
    return f'src="data:image/png;base64,{b64encode(path.read_bytes()).decode()}"'


def live(asked: Asked, study: str, docname: str, parameters: Parameters, base: Parameters) -> str:
    """Return a page at some choices as the page shows it: from the process of the base, or where exhibits come or go, of these."""
    asked.open(study, base)
    body, keys, same = asked.page(study, docname, parameters)
    found = asked.changes(
        study, page=docname, parameters=as_plain(parameters), keys=keys, before=as_plain(resolve(ROOT))
    )
    if not (same and found["same_structure"]):
        assert base != parameters
        other = hashlib.sha256(repr(as_plain(parameters)).encode()).hexdigest()[:8]
        return live(asked, other, docname, parameters, parameters)
    return body + found.get("cards", "")


def assert_live_is_built(asked: Asked, study: str, setting: str, site: Path) -> None:
    parameters = resolve(ROOT, settings=[setting])
    pages = [path for path in sorted(site.rglob("*.html")) if ARTICLE.search(path.read_text(encoding="utf-8"))]
    assert len(pages) > 10
    for path in pages:
        expected = ARTICLE.search(path.read_text(encoding="utf-8"))
        assert expected is not None
        docname = path.relative_to(site).with_suffix("").as_posix()
        with_pictures = PICTURE.sub(lambda image: data_address(path.parent / image[1]), expected[1])  # noqa: B023
        assert live(asked, study, docname, parameters, resolve(ROOT)).strip() == with_pictures.strip(), docname


@pytest.mark.slow
def test_the_evidence_of_a_number_is_that_of_the_changed_choices(asked: Asked, study: str) -> None:
    for threshold, responders in (("50", "20"), ("30", "22")):
        parameters = resolve(ROOT, settings=[f"response_threshold_percent={threshold}"])
        asking = {"parameters": as_plain(parameters), "evidence": "objective_response.html"}
        page = BeautifulSoup(asked.changes(study, **asking)["evidence"], "html.parser")
        assert page.find(id="objective_response.all.count").strong.get_text() == responders


@pytest.mark.slow
def test_pages_are_as_they_were_after_choices_that_have_other_exhibits_and_citations(asked: Asked, study: str) -> None:
    base, other = resolve(ROOT), resolve(ROOT, settings=["response_criterion=who_1979"])
    # The numbers of the references depend on all pages that cite.
    pages = ("book/methods", "book/references", "book/checklists", "notebooks/03_tumor_response", "book/discussion")
    before = {page: asked.page(study, page, base)[0] for page in pages}
    assert not all(asked.page(study, page, other)[2] for page in pages)
    assert [page for page in reversed(pages) if asked.page(study, page, base)[0] != before[page]] == []


@pytest.fixture(scope="module")
def quick_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(resolve(ROOT, settings=[QUICK]), tmp_path_factory.mktemp("quick") / "run")


@pytest.mark.slow
def test_every_page_after_a_change_is_the_page_of_a_build(asked: Asked, study: str, quick_site: Path) -> None:
    assert_live_is_built(asked, study, QUICK, quick_site)


def content_of(folder: Path) -> dict[str, object]:
    """Return what a run holds by name, but how long it took and how many letters that has."""
    found: dict[str, object] = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    for name, without in {"provenance.json": "seconds", "stamp.json": "bytes"}.items():
        if name in found:
            read = json.loads((folder / name).read_bytes())
            found[name] = {key: given for key, given in read.items() if key != without}
    return found


@pytest.mark.slow
def test_a_kept_run_is_the_run_of_a_build_whether_or_not_it_was_drawn_ahead(
    asked: Asked, study: str, quick_site: Path, tmp_path: Path
) -> None:
    parameters = as_plain(resolve(ROOT, settings=[QUICK]))
    drafts = tmp_path / "at-once", tmp_path / "later"
    for draft, pause in zip(drafts, (0.0, 4.0), strict=True):
        asked.changes(study, parameters=parameters, before=as_plain(resolve(ROOT)))
        time.sleep(pause)
        asked.changes(study, parameters=parameters, folder=str(draft))
    asked.build(study, parameters=parameters, draft=str(drafts[1]), out=str(tmp_path / "kept"), formats=USUAL_FORMATS)
    once, later, kept, expected = map(content_of, (*drafts, tmp_path / "kept", quick_site.parent))
    assert once == later
    assert set(kept) == set(expected)
    assert [name for name, content in kept.items() if content != expected[name]] == []


@pytest.mark.long
@pytest.mark.parametrize("setting", CHANGES[1 : 1 + MOST])
def test_every_page_after_any_change_is_the_page_of_a_build(
    setting: str, asked: Asked, study: str, tmp_path: Path
) -> None:
    assert_live_is_built(asked, study, setting, built(resolve(ROOT, settings=[setting]), tmp_path / "run"))
