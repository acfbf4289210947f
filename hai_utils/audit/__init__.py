"""The audit: printed numbers against what is possible, and the article's against the cohort's."""
