"""What the pages ask for in vain is told at once, whatever process read them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sphinx.errors import ExtensionError

from hai_utils.book.faults import FaultsDomain


def domain() -> FaultsDomain:
    env: Any = SimpleNamespace(domaindata={})
    return FaultsDomain(env)


def test_faults_of_all_processes_are_told_at_once_in_the_order_of_pages() -> None:
    here, there = domain(), domain()
    here.note("b", "b, line 2: no key")
    there.note("a", "a, line 1: no key")
    there.note("c", "of a page that another process has read")
    here.merge_domaindata(["a"], there.data)
    with pytest.raises(ExtensionError, match=r"not have:\na, line 1: no key\nb, line 2: no key$"):
        here.check_consistency()


def test_a_page_that_is_read_again_has_no_fault_of_before() -> None:
    here = domain()
    here.note("a", "a, line 1: no key")
    here.clear_doc("a")
    here.check_consistency()


def test_a_fault_of_one_book_is_none_of_the_next() -> None:
    domain().note("a", "a, line 1: no key")
    domain().check_consistency()
