"""What is wrong with the pages, noted while they are read, in whatever process reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError


class FaultsDomain(Domain):
    """The faults of the pages, such as unknown keys; Sphinx brings them together from the processes that read pages."""

    name = "hai"
    label = "Faults of pages"
    # By name of page, its faults, each with its line.
    initial_data: dict[str, Any] = {"faults": {}}  # noqa: RUF012 - as Sphinx's base class declares it

    def note(self, docname: str, fault: str) -> None:
        """Note a fault of a page."""
        self.data["faults"].setdefault(docname, []).append(fault)

    def clear_doc(self, docname: str) -> None:
        """Forget the faults of a page that is read again."""
        self.data["faults"].pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """Take over the faults of pages that another process has read."""
        read = set(docnames)
        self.data["faults"] |= {page: faults for page, faults in otherdata["faults"].items() if page in read}

    def check_consistency(self) -> None:
        """Refuse a book with any fault, all of them at once.

        Raises
        ------
        ExtensionError
            Naming page, line and fault of each.
        """
        found = [fault for page in sorted(self.data["faults"]) for fault in self.data["faults"][page]]
        if found:
            raise ExtensionError("The pages ask for what the run does not have:\n" + "\n".join(found))


def note_fault(env: BuildEnvironment, line: int, message: str) -> None:
    """Note what is wrong with the page being read."""
    domain = env.get_domain(FaultsDomain.name)
    assert isinstance(domain, FaultsDomain)
    domain.note(env.docname, f"{env.docname}, line {line}: {message}")


def setup_faults(app: Sphinx) -> None:
    """Register the domain."""
    app.add_domain(FaultsDomain)
