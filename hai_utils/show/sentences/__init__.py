"""Results to sentences: what may be said of any cohort, made from its numbers.

A sentence whose numbers do not exist is not said; none asserts a direction that the numbers could contradict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, listed, plain
from hai_utils.show.sentences.complications import complications
from hai_utils.show.sentences.description import baseline, flow, history
from hai_utils.show.sentences.flips import flips
from hai_utils.show.sentences.limitations import limitations
from hai_utils.show.sentences.methods import own_endpoints, restricted_means, statistical_methods
from hai_utils.show.sentences.other_choices import all_analyses, response_by_each
from hai_utils.show.sentences.outcomes import response, survival
from hai_utils.show.sentences.single_patients import single_patients
from hai_utils.show.wording import group_name, people


def groups(study: Study) -> str:
    """Return the groups as words in a sentence: ``KRAS-mutated and wild type``, ``patients with and without ascites``."""
    names = [group_name(study, group) for group in study.groups]
    if len(names) == 2 and {name.split(" ", 1)[0] for name in names} == {"with", "without"}:
        return f"{people(study)} {names[0].split(' ', 1)[0]} and {names[1]}"
    return plain(listed([(name,) for name in names])) or "none"


SENTENCES: Mapping[str, Callable[[Results], Content]] = {
    make.__name__: make
    for make in (
        flow,
        baseline,
        history,
        complications,
        response,
        survival,
        single_patients,
        flips,
        limitations,
        statistical_methods,
        own_endpoints,
        restricted_means,
        response_by_each,
        all_analyses,
    )
}
