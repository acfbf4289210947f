"""Profiles of journals: dated, each limit with a source that the profile names, citation styles with their license."""

from __future__ import annotations

import pytest

from hai_utils.study.journals import Limit, journal_names, read_journal

NAMES = ("", *journal_names())


def test_the_profiles_that_were_asked_for_are_there() -> None:
    assert set(journal_names()) == {"annals_surg_oncol", "bjs", "hpb", "jama_surg", "jgo"}


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_has_a_source_and_every_profile_a_date(name: str) -> None:
    journal = read_journal(name)
    limits = [value for _, value in journal if isinstance(value, Limit)]
    keys = [limit.source for limit in limits] + [statement.source for statement in journal.statements]
    keys += [key for key in (journal.highlights, journal.key_points) if key]
    assert set(keys) <= set(journal.sources)
    assert len(journal.read.split("-")) == 3
    assert journal.abstract_source in {*journal.sources, "unknown"}


@pytest.mark.parametrize("name", NAMES)
def test_a_citation_style_keeps_its_license(name: str) -> None:
    assert "creativecommons.org/licenses/by-sa/3.0" in read_journal(name).csl_file.read_text(encoding="utf-8")


def test_an_unknown_limit_is_no_limit() -> None:
    assert read_journal("hpb").text_words is None
    assert read_journal("jgo").text_words is not None
