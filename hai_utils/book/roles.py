"""What the roles of prose stand for: numbers of the results, choices of the run, words of the study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hai_utils.book.state import BookRun
from hai_utils.errors import ResultError, nearest
from hai_utils.results.formatting import WITHHELD, p_phrase
from hai_utils.results.study import Study
from hai_utils.show import sentences
from hai_utils.show.content import Quote, Text
from hai_utils.show.wording import (
    confidence_percent,
    confidence_words,
    in_text,
    method_name,
    notice,
    people,
    reference_words,
    size_words,
    time_zero,
)

STUDY_WORDS: Mapping[str, Callable[[Study], str]] = {
    "size": size_words,
    "people": people,
    "group_label": lambda study: in_text(study.group_label),
    "reference_label": reference_words,
    "groups": sentences.groups,
    "notice": notice,
    "interval": confidence_words,
    "confidence": confidence_percent,
    "time_zero": time_zero,
    "withheld": lambda _: f"“{WITHHELD}”",
    "sha256": lambda study: study.sha256 or f"“{WITHHELD}”",
}


def _value(run: BookRun, text: str) -> Text:
    """``{val}`key```: the printed text of a result, with its key and, where it is not the reported one, its method."""
    record, printed = run.results.quote(text, run.results.study.formatter)
    return (Quote(record.key, printed, "" if record.reported else record.method),)


def _p_value(run: BookRun, text: str) -> Text:
    """``{p}`key```: the same with its letter, ``P=0.03`` or ``P<0.001``."""
    (quote,) = _value(run, text)
    assert isinstance(quote, Quote)
    return (p_phrase(quote.text).removesuffix(quote.text), quote)


def _chosen(run: BookRun, name: str) -> Any:  # noqa: ANN401 - any parameter's value
    parameters = run.results.study.parameters
    if name not in parameters:
        raise ResultError(f"no parameter '{name}'.{nearest(name, list(parameters))}")
    return parameters[name]


def _parameter(run: BookRun, name: str) -> Text:
    """``{param}`name```: the value of a parameter of this run, numbers in the run's style."""
    value, formatter = _chosen(run, name), run.results.study.formatter
    if name in {"significance_level", "confidence_level"}:
        return (formatter.level(value),)
    listed = value if isinstance(value, list | tuple) else (value,)
    texts = [formatter.as_given(str(part)) if isinstance(part, float) else str(part) for part in listed]
    return (" and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:]))),)


def _given(run: BookRun, text: str) -> Text:
    """``{given}`66.7%```: a number that is no result, such as one that the article prints, in this run's number style."""
    return (run.results.study.formatter.as_given(text),)


def _method(run: BookRun, name: str) -> Text:
    """``{method}`name```: in words, the method that a parameter selects."""
    return (method_name(str(_chosen(run, name))),)


def _study(run: BookRun, word: str) -> Text:
    """``{study}`word```: what the cohort is called, or counts."""
    if word not in STUDY_WORDS:
        raise ResultError(f"no word '{word}' of the study. Known: {', '.join(STUDY_WORDS)}.")
    return (STUDY_WORDS[word](run.results.study),)


ROLES: Mapping[str, Callable[[BookRun, str], Text]] = {
    "val": _value,
    "p": _p_value,
    "param": _parameter,
    "given": _given,
    "method": _method,
    "study": _study,
}
"""What each role prints; each raises `ResultError` for what the run does not have."""
