"""What the notebook on the published numbers needs beside the names of `hai_utils.notebook`; the others do without."""

from __future__ import annotations

from hai_utils.audit import beside, chapter
from hai_utils.audit.beside import Beside
from hai_utils.audit.chapter import PublishedAudit
from hai_utils.project import find_root
from hai_utils.results.table import Results


def audit_published(results: Results) -> PublishedAudit:
    """Judge every number that the article prints against the results; nothing for any other cohort."""
    return chapter.audit_published(results, find_root())


def beside_published(results: Results) -> Beside:
    """Set the results beside the numbers that the article prints; nothing for the reconstruction."""
    return beside.beside_published(results, find_root())
