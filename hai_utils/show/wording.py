"""Words that stand in one place: what rows are called, how methods are named, how an interval is introduced."""

from __future__ import annotations

from hai_utils.catalogue.methods import read_method
from hai_utils.catalogue.populations import POPULATIONS, VERSUS
from hai_utils.catalogue.statistics import read_statistic
from hai_utils.results.study import Group, Study

RECONSTRUCTION_NOTICE = (
    "The rows behind this page are a reconstruction made from the published numbers. No row is a patient, and what the "
    "article neither prints nor determines by its counts is a property of the reconstruction."
)
SYNTHETIC_NOTICE = (
    "The file marks its rows as made up. No row is a patient, and nothing here may be taken for an observation."
)


# How a group begins whose level is a mere yes or no.
_BARE = ("with ", "without ")
# Columns that only a cohort with a pump has: its dictionary counts time from pump placement.
PUMP_COLUMNS = ("pump_year", "hai_cycles", "hai_discontinued", "pump_complication")


def notice(study: Study) -> str:
    """Return what every page says of rows that are no patients; empty for real data."""
    if study.reconstruction:
        return RECONSTRUCTION_NOTICE
    return SYNTHETIC_NOTICE if study.synthetic else ""


def label(study: Study) -> str:
    """Return what every file says of rows that are no patients; empty for real data."""
    if study.reconstruction:
        return "Reconstruction from published numbers: no row is a patient."
    return "Rows made up: no row is a patient." if study.synthetic else ""


def time_zero(study: Study) -> str:
    """Return from when times count: as the run says, else pump placement where there is a pump, else the start."""
    if given := study.parameters.get("time_zero", ""):
        return str(given)
    pump = any(name in study.variables for name in PUMP_COLUMNS)
    return "pump placement" if pump else "the start of follow-up"


def people(study: Study, count: int | None = None) -> str:
    """Return what the rows of a cohort are called: patients, or rows where they are a reconstruction."""
    noun = "row" if study.synthetic else "patient"
    return noun if count == 1 else noun + "s"


def size_words(study: Study) -> str:
    """Return how many the cohort has, as far as that may be said: ``25``, ``at least 24``, ``fewer than 5``."""
    if study.size is not None:
        return str(study.size)
    known = study.overall_size
    return f"fewer than {study.parameters['disclosure_threshold']}" if known is None else f"at least {known}"


def why_withheld(study: Study) -> str:
    """Return the sentence that explains what the disclosure gate does to a number."""
    return (
        f"withheld, as it could tell that something holds of fewer than {study.parameters['disclosure_threshold']} "
        f"{people(study)}"
    )


def profile_words(study: Study) -> str:
    """Return what chose the methods that are reported: the profile of the run, and that settings may differ from it."""
    profile = study.parameters.get("profile") or "paper"
    return f"the profile “{profile}” and the settings that the page This run names"


def confidence_words(study: Study) -> str:
    """Return how an interval is introduced, such as ``95% CI``."""
    return f"{confidence_percent(study)} CI"


def confidence_percent(study: Study) -> str:
    """Return the level of every interval, such as ``95%``."""
    return study.formatter.as_given(100 * float(study.parameters.get("confidence_level", 0.95))) + "%"


def in_text(label: str) -> str:
    """Return a label as it stands within a sentence: a capital that only starts it becomes small."""
    first_word = label.split(" ", 1)[0].split("-", 1)[0]
    return label[:1].lower() + label[1:] if first_word[1:].islower() else label


def group_name(study: Study, group: Group) -> str:
    """Return a group within a sentence: ``KRAS-mutated``, ``with extrahepatic disease`` where its level is a mere yes."""
    column, _, level = group.label.rpartition(": ")
    bare = {"yes": "with", "no": "without"}.get(level.lower())
    return (
        f"{bare} {in_text(study.group_label)}" if bare and column in {"", study.group_label} else in_text(group.label)
    )


def group_words(study: Study, group: Group) -> str:
    """Return a group with its article: ``the wild-type group``, ``the group without extrahepatic disease``."""
    name = group_name(study, group)
    if name.startswith("no "):
        name = f"without {name.removeprefix('no ')}"
    return f"the group {name}" if name.startswith(_BARE) else f"the {_joined(name)} group"


def between_groups(study: Study, group: Group) -> str:
    """Return a comparison within a sentence: ``right colon versus rectum``, ``with versus without extrahepatic disease``."""
    name, reference = group_name(study, group), reference_name(study)
    if name.startswith(_BARE) and reference.startswith(_BARE):
        return f"{name.split(' ', 1)[0]} versus {reference}"
    return f"{name} versus {reference}"


def reference_name(study: Study) -> str:
    """Return the reference group within a sentence."""
    found = next((group_name(study, group) for group in study.groups if group.level == study.reference), "")
    return found or in_text(study.reference_label)


def reference_words(study: Study) -> str:
    """Return the reference group with its article."""
    return next((group_words(study, one) for one in study.groups if one.level == study.reference), "the reference")


def _joined(name: str) -> str:
    """Write two words as one attribute, where the field does."""
    return "wild-type" if name == "wild type" else name


def method_name(method: str) -> str:
    """Return a method's name in words."""
    return read_method(method).words


def statistic_name(study: Study, statistic: str) -> str:
    """Return a statistic's name in words: ``survival_at_6_lower`` is the lower limit of the survival at 6 months."""
    named = read_statistic(statistic)
    return named.words("" if named.months is None else study.formatter.as_given(named.months))


def population_name(study: Study, group: str) -> str:
    """Return in words whom a result is about: a group, all, or one group versus another."""
    if group == "overall":
        return in_text(POPULATIONS[group].label)
    level, versus, reference = group.partition(VERSUS)
    pairs = {pair: other.label for other, pair in study.pairs}
    if group in pairs:
        return f"{pairs[group]} versus {study.reference_label}"
    if versus:
        return f"{population_name(study, level)} versus {population_name(study, reference)}"
    label = study.label_of(group)
    return label.replace("non_", "non-").replace("_", " ") if label == group else label
