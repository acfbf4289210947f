"""The choices of a run: typed, closed, and written down in one file.

The values stand in ``params.yml`` at the project's root (the paper's profile), other profiles hold only what
differs; what a parameter means and may be stands here. Nothing that a user types is executed or guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hai_utils.catalogue.criteria import CriterionName
from hai_utils.catalogue.methods import methods_of
from hai_utils.catalogue.styles import STYLES
from hai_utils.errors import ParameterError, nearest
from hai_utils.results.formatting import RoundingRule
from hai_utils.safe_yaml import YamlError, read_yaml


def _split(value: object) -> object:
    """Read ``a, b`` as a list, as it is typed on a command line."""
    if isinstance(value, str):
        return [part.strip() for part in value.strip().strip("[]").split(",") if part.strip()]
    return value


def _whole(value: object) -> object:
    """Read a whole number that came as text."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Months = Annotated[tuple[Annotated[float, Field(ge=0, le=600)], ...], BeforeValidator(_split)]


FILE_PARAMETERS = ("data", "dictionary", "scans", "study")
"""Parameters that name a file: what it holds counts as an input, and outside the project only its role is shown."""
RESULTS_PARAMETER = "results_dir"
"""What the runner adds in a notebook: the folder for its results."""
SETTLED = ("outcomes", "baseline_variables", "time_grid_months", "restricted_mean_months")
"""Parameters of which a part may be left to the cohort: results tell what became of them."""
BOOK_PARAMETERS = ("study",)
"""Parameters of the book alone: no notebook depends on them."""
MOVED = ("title", "authors", "checklist_answers")
"""What earlier versions took as parameters: keys of the study file now."""


class Parameters(BaseModel):
    """Every choice of a run, validated; the order is that of ``params.yml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str = Field(
        description="cohort file (CSV or XLSX); a relative path counts from the project's root", min_length=1
    )
    dictionary: str = Field(description="dictionary of the cohort's own columns (CSV); empty: none")
    scans: str = Field(
        description="table of lesion scans (CSV), one lesion at one scan a row; empty: none", max_length=4096
    )
    profile: str = Field(
        description="profile that gives the values which are not set; empty: paper for the published cohort, recommended for any other"
    )
    study: str = Field(
        description="study file: title, authors, texts (YAML); empty: study.yml beside the cohort, else in the project"
    )
    time_zero: str = Field(
        description="from when times count, such as liver resection; empty: as the study file says, else from the columns",
        max_length=100,
    )
    group_by: str = Field(description="column whose levels are compared", min_length=1)
    reference_group: str = Field(description="level that the others are compared with", min_length=1)
    exclude: Names = Field(description="patients excluded from comparisons, as column=level")
    baseline_variables: Names = Field(
        description="rows of Table 1: columns, or column=level for one level; columns of the cohort's own dictionary follow"
    )
    interquartile_variables: Names = Field(
        description="variables shown with their interquartile range instead of the range"
    )
    response_criterion: CriterionName = Field(description="criterion by which response is assessed")
    response_threshold_percent: float = Field(
        description="reduction that counts as a response under criterion paper, percent", gt=0, le=100
    )
    who_lesions: Literal["sum", "any"] = Field(
        description="who_1979: progression judged on the sum of the lesions or on any lesion"
    )
    who_reference: Literal["baseline", "nadir"] = Field(
        description="who_1979: growth measured against the baseline or the nadir"
    )
    confirmation_days: Annotated[Literal[0, 28], BeforeValidator(_whole)] = Field(
        description="days after which a response must be confirmed; 28 needs a table of scans"
    )
    reader_variability: float = Field(
        description="standard deviation, between two readers, of the logarithm of a diameter (Yoon et al. 2016)",
        gt=0,
        le=1,
    )
    outcomes: Names = Field(
        description="rows of Table 2, in order; the P values of all but the primary endpoint are adjusted by Holm"
    )
    primary_endpoint: str = Field(description="outcome whose P value is not adjusted by Holm", min_length=1)
    continuous_test: str = Field(description="test of a continuous variable between two groups")
    categorical_test: str = Field(description="test of a 2x2 table")
    larger_table_test: str = Field(description="test of a larger table")
    quartile_method: str = Field(description="rule of the quartiles")
    mean_difference_method: str = Field(description="interval of a difference in means")
    hodges_lehmann_method: str = Field(description="interval of the Hodges-Lehmann difference")
    proportion_interval: str = Field(description="interval of a proportion")
    risk_difference_interval: str = Field(description="interval of a risk difference")
    odds_ratio_method: str = Field(description="estimate of an odds ratio")
    median_rule: str = Field(description="rule of the median survival time")
    median_interval: str = Field(description="interval of the median survival time")
    survival_interval: str = Field(description="interval of the survival probability")
    follow_up_method: str = Field(description="median follow-up: reverse Kaplan-Meier, or all observed times")
    survival_test: str = Field(description="test between survival curves")
    hazard_ratio_method: str = Field(description="estimate of a hazard ratio")
    proportional_hazards_test: str = Field(description="transform of time in the test of proportional hazards")
    confidence_level: float = Field(description="level of every interval", gt=0.5, lt=1)
    significance_level: float = Field(description="level at which P is called significant", gt=0, lt=0.5)
    time_grid_months: Months = Field(
        description="times of the survival estimates and the numbers at risk, months; empty: as long as a tenth are at risk"
    )
    restricted_mean_months: Months = Field(
        description="horizons of the restricted mean survival time, months; empty: from the follow-up"
    )
    landmark_months: Months = Field(description="landmarks of the curves by response and by conversion, months")
    permutation_draws: int = Field(description="random permutations where not all can be listed", ge=99, le=999_999)
    seed: int = Field(description="seed of every random draw", ge=0)
    disclosure: Literal["none", "small_cells"] = Field(
        description="what is withheld before anything is shown: nothing, or all that would tell a small number of patients"
    )
    disclosure_threshold: int = Field(
        description="smallest number of patients above 0 that is shown where small cells are withheld", ge=3, le=1000
    )
    evidence: Literal["rows", "sums"] = Field(
        description="what the evidence of a number shows: the rows behind it, by number, or only what tables and figures tell; unless set, rows of the published cohort alone"
    )
    style: str = Field(description="journal whose number style is used")
    figure_band: Literal["filled", "dotted", "none"] = Field(
        description="how the interval of a survival curve is drawn"
    )
    figure_statistics: Literal["caption", "figure"] = Field(
        description="where effect and P of survival curves stand: in the caption alone, or in the figure too"
    )
    figure_columns: Literal["two", "one"] = Field(
        description="width of the figures for print: two columns of a journal (174 mm), or one (84 mm)"
    )
    rounding: RoundingRule = Field(description="what happens to a half")

    @field_validator("*")
    @classmethod
    def _is_in_the_catalogue(cls, value: object, info: ValidationInfo) -> object:
        known = choices(info.field_name or "")
        if known and value not in known:
            raise PydanticCustomError("choice", "not one of the choices")
        return value

    @field_validator("exclude")
    @classmethod
    def _exclusions_are_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        for rule in rules:
            if not re.fullmatch(r"[^=]+=[^=]+", rule):
                raise ValueError(f"'{rule}' is not column=level")
        return rules

    @field_validator("time_grid_months", "restricted_mean_months", "landmark_months")
    @classmethod
    def _times_ascend(cls, times: tuple[float, ...]) -> tuple[float, ...]:
        if list(times) != sorted(set(times)):
            raise ValueError("the times must ascend")
        return times


def shown_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of parameters with a file outside the project by its role alone: its name may be a patient's."""
    return {
        name: f"{name}{Path(value).suffix.lower()}" if name in FILE_PARAMETERS and Path(value).is_absolute() else value
        for name, value in values.items()
    }


def field_names() -> tuple[str, ...]:
    """Return the names of all parameters, in the order of ``params.yml``."""
    return tuple(Parameters.model_fields)


def choices(name: str) -> tuple[Any, ...]:
    """Return the values of a parameter that is a choice: methods and styles of the catalogue, or those declared here."""
    annotation = Parameters.model_fields[name].annotation
    declared = get_args(annotation) if get_origin(annotation) is Literal else ()
    return declared or (tuple(STYLES) if name == "style" else methods_of(name))


def describe_allowed(name: str) -> str:
    """Say what values a parameter may take, in words."""
    if choices(name):
        return " | ".join(map(str, choices(name)))
    field = Parameters.model_fields[name]
    bounds = [
        f"{_BOUNDS[type(m).__name__]} {next(iter(vars_of(m)))}" for m in field.metadata if type(m).__name__ in _BOUNDS
    ]
    if field.annotation is float or field.annotation is int:
        kind = "number" if field.annotation is float else "whole number"
        return ", ".join([kind, *bounds])
    return (
        "list of numbers"
        if name in {"time_grid_months", "restricted_mean_months", "landmark_months"}
        else _text_kind(field.annotation)
    )


_BOUNDS = {"Gt": "more than", "Ge": "at least", "Lt": "less than", "Le": "at most"}


def vars_of(bound: Any) -> Iterable[Any]:  # noqa: ANN401 - annotated-types has a class a bound
    """Return the value of an annotated bound such as ``Gt(0)``."""
    return (getattr(bound, slot) for slot in ("gt", "ge", "lt", "le") if hasattr(bound, slot))


def _text_kind(annotation: object) -> str:
    return "text" if annotation is str else "list of names"


def load_parameters(files: Iterable[Path], settings: Iterable[str] = ()) -> Parameters:
    """Read parameters from files, later ones winning, then from single ``NAME=VALUE`` settings.

    Parameters
    ----------
    files : iterable of Path
        YAML files of ``name: value``; the first is normally ``params.yml`` itself.
    settings : iterable of str
        As on the command line, ``response_threshold_percent=30``.

    Raises
    ------
    ParameterError
        Naming file or setting, parameter, value and what is allowed.
    """
    return merged([(f"in {path.name}", read_values(path)) for path in files], settings)


Layer = tuple[str, Mapping[str, Any]]
"""Values of parameters, and the words that say where they were given."""


def merged(layers: Iterable[Layer], settings: Iterable[str] = ()) -> Parameters:
    """Put layers of values and single settings together, later ones winning, and check them; see `load_parameters`."""
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for where, layer in layers:
        for name, value in layer.items():
            values[name], origin[name] = value, where
    for setting in settings:
        name, mark, value = setting.partition("=")
        if not mark:
            raise ParameterError(f"--set {setting}: write NAME=VALUE, for example --set response_threshold_percent=30.")
        values[name.strip()], origin[name.strip()] = value.strip(), "given with --set"
    return validate(values, origin)


def read_values(path: Path) -> dict[str, Any]:
    """Read the values of a parameter file, as text and lists of text.

    Raises
    ------
    ParameterError
        Where it is no YAML of ``name: value``.
    """
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise ParameterError(str(error)) from None
    if content in (None, ""):
        return {}
    if not isinstance(content, dict):
        raise ParameterError(f"{path.name}: expected lines of 'name: value', found {type(content).__name__}.")
    return content


def validate(values: Mapping[str, Any], origin: Mapping[str, str] | None = None) -> Parameters:
    """Check values against the declared types and return the frozen parameters.

    Raises
    ------
    ParameterError
        One sentence for each fault.
    """
    origin = origin or {}
    try:
        return Parameters.model_validate(dict(values))
    except ValidationError as error:
        lines = [_explain(fault, origin) for fault in error.errors(include_url=False)]
        raise ParameterError("\n".join(dict.fromkeys(lines))) from None


def _explain(fault: Any, origin: Mapping[str, str]) -> str:  # noqa: ANN401 - pydantic's error details
    name = str(fault["loc"][0]) if fault["loc"] else ""
    where = f" ({origin[name]})" if origin.get(name) else ""
    if name in MOVED:
        return f"Parameter '{name}'{where} has moved: write '{name}:' in the study file, study.yml beside the cohort."
    if fault["type"] == "extra_forbidden":
        return f"Unknown parameter '{name}'{where}.{nearest(name, field_names())} 'hai params' lists them all."
    if fault["type"] == "missing":
        return f"Parameter '{name}' is missing: params.yml must give every parameter a value."
    found = fault["input"]
    if fault["type"] == "value_error":
        return f"Parameter '{name}'{where}: {fault['ctx']['error']}. Allowed: {describe_allowed(name)}."
    near = nearest(str(found), list(map(str, choices(name))))
    return f"Parameter '{name}'{where} cannot be {found!r}. Allowed: {describe_allowed(name)}.{near}"


def render(parameters: Parameters) -> str:
    """Write parameters as the text of a ``params.yml``: a comment, then the value, for each in order."""
    lines = [
        "# The choices of this run, for every notebook. Those that one chapter decides stand in its notebook too, with these defaults."
    ]
    for name, field in Parameters.model_fields.items():
        allowed = describe_allowed(name)
        lines += [
            "",
            f"# {field.description}",
            f"# allowed: {allowed}",
            f"{name}: {yaml_value(getattr(parameters, name))}",
        ]
    return "\n".join(lines) + "\n"


def yaml_value(value: object) -> str:
    """Write one value as YAML on one line."""
    if isinstance(value, tuple):
        return "[" + ", ".join(yaml_value(item) for item in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_][\w./=-]*", value) and value.lower() not in {
            "yes",
            "no",
            "true",
            "false",
            "on",
            "off",
            "null",
        }
        return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, NoneType):
        return '""'
    return str(value)


def as_plain(parameters: Parameters) -> dict[str, Any]:
    """Return the values as literals that a notebook's parameters cell can hold."""
    plain: dict[str, Any] = {}
    for name, value in parameters:
        if isinstance(value, tuple):
            value = [int(v) if isinstance(v, float) and v.is_integer() else v for v in value]
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        plain[name] = value
    return plain
