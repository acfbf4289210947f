"""The catalogue of methods: each stands once, and what it names exists."""

from __future__ import annotations

import pytest

from hai_utils.catalogue.methods import CHOICES, METHODS, Method, methods_of, read_method
from hai_utils.catalogue.statistics import STATISTICS
from hai_utils.errors import ResultError
from hai_utils.parameters import Parameters


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_is_a_parameter_and_gives_a_statistic_of_the_catalogue(choice: str) -> None:
    assert choice in Parameters.model_fields
    assert CHOICES[choice].statistic in STATISTICS
    assert len(methods_of(choice)) > 1


@pytest.mark.parametrize("record", METHODS.values(), ids=METHODS)
def test_what_replaces_a_method_is_a_method_of_the_same_choice(record: Method) -> None:
    replacement = METHODS[record.fallback] if record.fallback else record
    assert set(record.choices) <= set(replacement.choices)
    assert bool(record.fallback) == bool(record.most_patients or record.most_tables)


def test_a_method_without_a_record_is_refused_with_what_to_do() -> None:
    with pytest.raises(ResultError, match="Did you mean 'logrank'"):
        read_method("log_rank")
