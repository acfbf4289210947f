"""References as clinical journals print them: Vancouver style, three authors and et al., DOI as a link."""

from __future__ import annotations

from pybtex.backends.plaintext import Backend as PlainTextBackend
from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.richtext import HRef, Tag, Text
from pybtex.style.formatting.unsrt import Style as UnsortedStyle
from pybtex.style.template import Node

STYLE = "vancouver"
# Up to six authors are all named; of more, the first three.
ALL_NAMED = 6
NAMED = 3


def _person(person: Person) -> str:
    """Return a name as ``Kemeny NE`` or ``Watkins E Jr``; particles stay with the family name."""
    initials = "".join(word[0] for word in (*person.first_names, *person.middle_names) if word)
    family = " ".join((*person.prelast_names, *person.last_names)).replace("{", "").replace("}", "")
    lineage = " ".join(person.lineage_names).removesuffix(".")
    return " ".join(part for part in (family, initials, lineage) if part)


def _authors(entry: Entry) -> str:
    persons = entry.persons.get("author", [])
    names = [_person(person) for person in persons]
    cut = names[-1:] == ["others"]
    names = names[:-1] if cut else names
    if len(names) > ALL_NAMED:
        names, cut = names[:NAMED], True
    return ", ".join([*names, "et al."] if cut else names).removesuffix(".")


def _plain(entry: Entry, name: str) -> str:
    return str(entry.fields.get(name, "")).replace("{", "").replace("}", "").replace("--", "–")


def _source(entry: Entry) -> Text:
    if "journal" in entry.fields:
        number = f"({_plain(entry, 'number')})" if "number" in entry.fields else ""
        place = f" {_plain(entry, 'year')};{_plain(entry, 'volume')}{number}:{_plain(entry, 'pages')}."
        return Text(Tag("em", _plain(entry, "journal")), place)
    edition = f"{_plain(entry, 'edition')} ed. " if "edition" in entry.fields else ""
    series = f" ({_plain(entry, 'series')}, No. {_plain(entry, 'number')})" if "series" in entry.fields else ""
    return Text(f"{edition}{_plain(entry, 'address')}: {_plain(entry, 'publisher')}; {_plain(entry, 'year')}{series}.")


def _link(entry: Entry) -> Text:
    doi, address = entry.fields.get("doi"), entry.fields.get("url")
    if doi:
        return Text(" ", HRef(f"https://doi.org/{doi}", f"doi:{doi}"))
    return Text(" ", HRef(address, address)) if address else Text()


class _Reference(Node):  # type: ignore[misc]  # pybtex has no types
    """The whole reference of one entry."""

    def __init__(self) -> None:
        super().__init__("reference", None)

    def format_data(self, data: dict[str, Entry]) -> Text:
        """Return the formatted reference."""
        entry = data["entry"]
        return Text(
            f"{_authors(entry)}. {_plain(entry, 'title').removesuffix('.')}", _end(entry), _source(entry), _link(entry)
        )


def _end(entry: Entry) -> str:
    return " " if _plain(entry, "title").endswith("?") else ". "


class VancouverStyle(UnsortedStyle):  # type: ignore[misc]  # pybtex has no types
    """References in the order in which they are cited."""

    def get_article_template(self, e: Entry) -> _Reference:
        """Return the template of an article in a journal."""
        return _Reference()

    def get_book_template(self, e: Entry) -> _Reference:
        """Return the template of a book or a report."""
        return _Reference()


register_plugin("pybtex.style.formatting", STYLE, VancouverStyle)
# sphinxcontrib-bibtex asks for this backend at every citation, and pybtex would search all installed packages each time.
register_plugin("pybtex.backends", "plaintext", PlainTextBackend, force=True)
