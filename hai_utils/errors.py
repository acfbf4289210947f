"""The exceptions that a user may see, each with the exit code of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


class HaiError(Exception):
    """A fault that the user can mend: the message says what, where, why and how."""

    exit_code = 1


class ParameterError(HaiError):
    """A parameter is unknown, of the wrong type or outside its allowed values."""


class UsageError(HaiError):
    """A command was called with words that do not go together."""

    exit_code = 2


class DataError(HaiError):
    """A cohort or dictionary file cannot be read as it is.

    Parameters
    ----------
    problems : sequence of str
        Every problem found, one sentence each; the message lists them all.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[str, ...]]]:
        """Say how it is made again in another process: of its problems, not of their text."""
        return type(self), (self.problems,)


class StudyError(DataError):
    """A study file, or a text that it names, cannot be used as it is; each problem names file and line."""


class RunError(HaiError):
    """A folder that is named as a run holds no finished run, or one that cannot be read."""


class ComparisonError(HaiError):
    """Two runs cannot be compared."""


class ResultError(HaiError):
    """A result is asked for by a key that does not exist, or two results contradict each other."""

    exit_code = 3


class BuildError(HaiError):
    """A notebook or the book failed while it was being built."""

    exit_code = 3


def nearest(name: str, known: Sequence[str], count: int = 3) -> str:
    """Suggest the known names nearest to a mistyped one, as the end of a sentence.

    Returns
    -------
    str
        ``" Did you mean 'a' or 'b'?"``, or an empty string where nothing is near.
    """
    matches = get_close_matches(name, list(known), n=count, cutoff=0.6)
    if not matches:
        return ""
    return " Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"
