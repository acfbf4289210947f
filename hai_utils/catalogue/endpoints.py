"""Survival endpoints: one record for each, read by checks, analyses, tables, figures, sentences and the disclosure gate.

A cohort's own dictionary may add endpoints, see `hai_utils.cohort.dictionary.declared_endpoints`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Death = Literal["is the event", "is an event", "competes"]
CHAPTER = "04_survival"
# Times at which survival and cumulative incidence are read, months: of a short follow-up, and of one of five years or more.
_SHORT, _LONG = (12, 24, 36), (12, 36, 60)
# A curve is shown as far as this share of the patients is followed (Pocock, Clayton and Altman, Lancet 2002;359:1686-1689).
SHARE_FOLLOWED = 0.1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known of a survival endpoint.

    Attributes
    ----------
    name : str
        The variable of its results; its columns are this with ``_months`` and ``_event``.
    label : str
        What is printed, such as ``Overall survival``.
    event : str
        What the event is, within a sentence.
    event_briefly : str
        The same in a word or two, for the legend of a figure.
    censoring : str
        When a patient is censored, as a sentence.
    death : {'is the event', 'is an event', 'competes'}
        What a death means: the event itself; one of the events that the endpoint is made of; or the end of follow-up
        after which the event can no longer happen.
    cause : str
        The level under which the event other than death is reported where it competes with death; empty: not reported.
    cause_words : str
        The same in words.
    short : str
        Abbreviation, for narrow tables.
    time_zero : str
        From when the time counts; empty: from the cohort's time zero.
    in_file : bool
        Whether the cohort file holds its columns; the others are derived.
    main : bool
        Whether its figure is one of the article's own.
    own : bool
        Whether it comes from the cohort's own dictionary.
    """

    name: str
    label: str
    event: str
    event_briefly: str
    censoring: str
    death: Death
    cause: str = ""
    cause_words: str = ""
    short: str = ""
    time_zero: str = ""
    in_file: bool = True
    main: bool = False
    own: bool = False

    @property
    def months(self) -> str:
        """Its column of times."""
        return f"{self.name}_months"

    @property
    def status(self) -> str:
        """Its column of events, 1 where the event happened."""
        return f"{self.name}_event"

    @property
    def variable_label(self) -> str:
        """The label of its results, with the unit."""
        return f"{self.label}, months"

    @property
    def within_text(self) -> str:
        """The label as it stands within a sentence: a capital that only starts it becomes small."""
        return self.label[:1].lower() + self.label[1:] if self.label[1:2].islower() else self.label

    @property
    def figure(self) -> str:
        """Label of the figure of its curves."""
        return f"figure-{self.name.replace('_', '-')}"


OVERALL = Endpoint(
    "os", "Overall survival", "death", "death", "Those alive at last contact are censored then.", "is the event",
    short="OS", main=True,
)  # fmt: skip
PROGRESSION_FREE = Endpoint(
    "pfs", "Progression-free survival", "first progression anywhere, or death", "progression or death",
    "Those with neither are censored at last assessment.", "is an event", "progression", "progression", short="PFS",
)  # fmt: skip
HEPATIC = Endpoint(
    "hepatic_pfs", "Hepatic progression-free survival", "first progression in the liver, or death",
    "hepatic progression or death",
    "Those with neither are censored at last assessment; progression elsewhere is no event.", "is an event",
    "progression", "progression", short="Hepatic PFS",
)  # fmt: skip
HEPATIC_PROGRESSION = Endpoint(
    "hepatic_progression", "Hepatic progression, deaths censored", "first progression in the liver",
    "hepatic progression", "Those who died without it are censored then.", "competes", in_file=False,
)  # fmt: skip
RESPONSE_DURATION = Endpoint(
    "duration_of_response", "Duration of response", "progression or death after response", "progression or death",
    "Those with neither are censored at last assessment.", "is an event", time_zero="the first response", in_file=False,
)  # fmt: skip
ENDPOINTS = (OVERALL, PROGRESSION_FREE, HEPATIC, HEPATIC_PROGRESSION, RESPONSE_DURATION)


def milestones(grid: Iterable[float]) -> list[float]:
    """Return the times of a grid at which survival stands in tables and sentences; its last where it has none of them."""
    times = [months for months in grid if months]
    chosen = _LONG if _LONG[-1] in times else _SHORT
    return [months for months in times if months in chosen] or times[-1:]


# Those that a cohort file may have by the standard dictionary.
IN_FILE = tuple(endpoint for endpoint in ENDPOINTS if endpoint.in_file)
# Death as the second of two competing events; the first of an endpoint of a cohort's own.
DEATH, OWN_CAUSE = "death", "event"
# What a row says of a patient who had neither.
CENSORED = "censored"
