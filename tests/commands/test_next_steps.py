"""What a command advises to do next works."""

from __future__ import annotations

import re

import pytest

from hai_utils.catalogue.criteria import CRITERIA, CriterionName
from hai_utils.commands.next_steps import after_build
from hai_utils.profiles import resolve
from hai_utils.response.rules import check_choices
from tests.conftest import ROOT


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_other_choice_that_is_advised_is_one_that_the_run_allows(criterion: CriterionName) -> None:
    asked = f"response_criterion={criterion}"
    advised = after_build(f" --set {asked}", own_cohort=True, criterion=criterion)
    settings = re.findall(r"--set (\S+)", advised)
    assert len(settings) == 2
    check_choices(resolve(ROOT, settings=settings))
