"""What a journal asks for, and only the author can give."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.study.journals import Journal
from hai_utils.study.reading import StudyTexts

# What every clinical journal asks for, by the key of the study file or of its sections.
ASKED = {
    "title": "title: the title of the article",
    "running_title": "running_title: a short title for the head of each page",
    "authors": "authors: names with degrees, affiliations, ORCID and contributions (CRediT)",
    "corresponding": "authors: one of them with 'corresponding: yes' and an email",
    "roles": "authors: the roles of each by CRediT",
    "keywords": "keywords",
    "background": "sections: background, what is known and what is not (Introduction)",
    "aim": "sections: aim, what the study set out to find (Introduction)",
    "setting": "sections: setting, who was eligible, where, and how they were treated (Methods)",
    "dates": "dates: the period of treatment and the end of follow-up (Methods)",
    "ethics": "ethics: approval and consent, or why none was needed (Methods)",
    "discussion": "sections: discussion, the findings against what is known",
    "limitations": "sections: limitations",
    "conclusions": "sections: conclusions, no more than the results show",
    "funding": "funding: its sources, or that there was none",
    "interests": "interests: conflicts of interest of each author, or that there are none",
    "data_sharing": "data_sharing: where and how the data can be had",
    "ai_use": "ai_use: which tools wrote or drew what, or that none did",
    "highlights": "sections: highlights, which this journal prints in a box",
    "key_points": "key_points: question, findings and meaning, which this journal prints",
    "time_zero": "time_zero: from when times count, such as liver resection",
}


def missing_keys(texts: StudyTexts, journal: Journal) -> Iterator[str]:
    """Return the keys of `ASKED` that the study file does not give, in the order of the manuscript."""
    file, given = texts.file, texts.texts
    has = {
        "title": file.title,
        "running_title": file.running_title,
        "authors": file.authors,
        "corresponding": file.corresponding is not None and file.corresponding.email,
        "roles": all(author.roles for author in file.authors),
        "keywords": file.keywords,
        "highlights": not journal.highlights or "highlights" in given,
        "key_points": not journal.key_points
        or all(f"key_points.{part}" in given for part in ("question", "findings", "meaning")),
        "time_zero": file.time_zero,
        "dates": "dates" in given or "setting" in given,
    }
    for key in ASKED:
        if not has.get(key, key in given):
            yield key


def asked_of_author(texts: StudyTexts, journal: Journal) -> tuple[str, ...]:
    """Return what only the author can add, each in words."""
    return tuple(ASKED[key] for key in missing_keys(texts, journal))
