"""A literate, re-runnable report of a small oncology cohort."""

__version__ = "0.1.0"
