"""What a study file may hold: every key with its type, its bounds and its meaning.

Texts are plain words with the roles of a section (``{val}``, ``{cite}``); none is taken for markup of another kind.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

CreditRole = Literal[
    "Conceptualization", "Data curation", "Formal analysis", "Funding acquisition", "Investigation", "Methodology",
    "Project administration", "Resources", "Software", "Supervision", "Validation", "Visualization",
    "Writing – original draft", "Writing – review & editing",
]  # fmt: skip
"""The roles of CRediT, the contributor roles taxonomy (ANSI/NISO Z39.104-2022)."""
SectionName = Literal["background", "aim", "setting", "discussion", "limitations", "conclusions", "highlights"]
SECTIONS: tuple[SectionName, ...] = get_args(SectionName)
# Longer texts belong into a section.
LONGEST = 4000


def _role(value: object) -> object:
    """Take a role however its dashes and capitals are typed."""
    known = {re.sub(r"\W+", " ", role).lower(): role for role in get_args(CreditRole)}
    return known.get(re.sub(r"\W+", " ", value).lower().strip(), value) if isinstance(value, str) else value


def _listed(value: object) -> object:
    """Take one text for a list of one."""
    return [value] if isinstance(value, str) and value else value or []


def _told(value: object) -> object:
    """Read yes and no, as they are written in a YAML file of texts."""
    return {"yes": True, "no": False}.get(value.lower(), value) if isinstance(value, str) else value


Words = Annotated[str, Field(max_length=LONGEST)]
Line = Annotated[str, Field(max_length=500)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_listed), Field(max_length=50)]
YesNo = Annotated[bool, BeforeValidator(_told)]
FileName = Annotated[str, Field(pattern=r"^([\w][\w. -]*(/[\w][\w. -]*)*)?$", max_length=300)]
"""A file below the folder of the study file, by its relative path."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(_Part):
    """One author."""

    name: Line = Field(description="as it is printed: given names, then the family name", min_length=1)
    degrees: Line = Field(default="", description="such as MD, PhD")
    affiliations: Lines = Field(default=(), description="each as it is printed: department, institution, city, country")
    orcid: Line = Field(default="", description="the 16 digits, with or without https://orcid.org/")
    email: Line = Field(default="", description="printed for the corresponding author alone")
    address: Line = Field(default="", description="postal address of the corresponding author")
    corresponding: YesNo = Field(default=False, description="yes for one author")
    roles: Annotated[tuple[Annotated[CreditRole, BeforeValidator(_role)], ...], BeforeValidator(_listed)] = Field(
        default=(), description="contributions, by CRediT"
    )

    @field_validator("orcid")
    @classmethod
    def _is_an_orcid(cls, value: str) -> str:
        digits = value.removeprefix("https://orcid.org/").replace("-", "").upper()
        if not digits:
            return ""
        if not re.fullmatch(r"\d{15}[\dX]", digits):
            raise ValueError("16 digits are expected, such as 0000-0002-1825-0097")
        total = 0
        for digit in digits[:15]:
            total = (total + int(digit)) * 2
        check = (12 - total % 11) % 11
        if digits[15] != ("X" if check == 10 else str(check)):
            raise ValueError("its last digit does not fit the others: one of them is mistyped")
        return "-".join(digits[at : at + 4] for at in range(0, 16, 4))

    @field_validator("email")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
            raise ValueError("an address such as name@hospital.org is expected")
        return value

    @property
    def initials(self) -> str:
        """Such as ``A.B.C.``, by which contributions name an author."""
        return "".join(f"{word[0]}." for word in re.split(r"[\s-]+", self.name.replace(".", " ")) if word)


class DataSource(_Part):
    """Where public data come from."""

    name: Line = Field(description="of the collection", min_length=1)
    doi: Annotated[str, Field(pattern=r"^(10\.\d{4,9}/\S+)?$")] = Field(
        default="", description="such as 10.7937/QXK2-QG03"
    )
    license: Line = Field(default="", description="such as CC BY 4.0")
    license_url: Annotated[str, Field(pattern=r"^(https://\S+)?$")] = Field(
        default="", description="of the license's text"
    )
    cite: Lines = Field(
        default=(), description="keys of the bibliography: the data and the article that describes them"
    )
    changes: Words = Field(default="", description="what was done to the data before they were analyzed")


class Abstract(_Part):
    """Parts of the abstract in the author's own words; a part that is not given is made from sections and results."""

    background: Words = ""
    aim: Words = ""
    methods: Words = ""
    setting: Words = ""
    exposure: Words = ""
    outcomes: Words = ""
    results: Words = ""
    conclusions: Words = ""


class KeyPoints(_Part):
    """A question, the findings and their meaning, a sentence each."""

    question: Words = ""
    findings: Words = ""
    meaning: Words = ""


class DisplayChoice(_Part):
    """Which tables and figures the manuscript has, by the names that pages refer to them by."""

    main: Lines | None = Field(
        default=None, description="in the article; not given: those that the book numbers without an S, and the flow"
    )
    supplement: Lines | None = Field(
        default=None, description="in the supplement; not given: the estimates and comparisons behind the article"
    )
    place: Literal["text", "end"] = Field(
        default="text", description="text: after the paragraph that names them; end: after the references"
    )


class BelongsTo(_Part):
    """The only cohort that a study file is for, where it is not named by the run itself."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    group_by: Line


class StudyFile(_Part):
    """A study, as far as its cohort cannot tell it; the order is that of a new study file."""

    title: Annotated[str, Field(max_length=300)] = Field(default="", description="of book and manuscript")
    subtitle: Annotated[str, Field(max_length=300)] = Field(default="", description="under the title")
    running_title: Line = Field(default="", description="short title, at the head of each page")
    journal: Line = Field(
        default="", description="whose limits and reference style hold; 'hai manuscript journals' lists them"
    )
    authors: tuple[Author, ...] = Field(default=(), description="in the order of the byline", max_length=200)
    keywords: Lines = Field(default=(), description="three to ten")
    dates: Words = Field(default="", description="period of treatment and end of follow-up")
    time_zero: Line = Field(default="", description="from when times count, such as: liver resection")
    tumor_marker: YesNo | None = Field(
        default=None,
        description="whether a tumor marker forms the groups, so that REMARK applies; not given: for KRAS and BRAF",
    )
    ethics: Words = Field(default="", description="approval or why none was needed, and consent")
    funding: Words = Field(default="", description="each source with its number, or that there was none")
    interests: Words = Field(default="", description="conflicts of interest of each author, or that there are none")
    data_sharing: Words = Field(default="", description="where the data can be had, by whom, under which terms")
    code_sharing: Words = Field(default="", description="where the code can be had")
    ai_use: Words = Field(default="", description="which tools wrote or drew what, or that none did")
    acknowledgments: Words = Field(default="", description="who helped and agrees to be named")
    registration: Words = Field(default="", description="registry and number, where there is one")
    source: DataSource | None = Field(default=None, description="of public data")
    chapters: Lines | None = Field(
        default=None, description="chapters of the book that belong to this study; not given: all"
    )
    sections: dict[SectionName, FileName] = Field(
        default_factory=dict, description="Markdown files of the author's own, below this folder"
    )
    bibliography: FileName = Field(default="", description="BibTeX file of the references that sections cite")
    abstract: Abstract = Field(default_factory=Abstract, description="parts in own words")
    key_points: KeyPoints = Field(default_factory=KeyPoints, description="for journals that print them")
    displays: DisplayChoice = Field(default_factory=DisplayChoice, description="tables and figures of the manuscript")
    line_numbers: YesNo = Field(default=True, description="whether lines are numbered")
    contents: YesNo = Field(default=False, description="whether the DOCX begins with a table of contents")
    checklist_answers: FileName = Field(default="", description="answers to the reporting checklists (YAML)")
    belongs_to: BelongsTo | None = Field(default=None, description="the one cohort that this file is for")

    @field_validator("sections", mode="before")
    @classmethod
    def _drop_empty(cls, value: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
        return {name: file for name, file in value.items() if file} if isinstance(value, dict) else value or {}

    @field_validator("abstract", "key_points", "displays", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
        return value or {}

    @field_validator("source", "belongs_to", "chapters", "tumor_marker", mode="before")
    @classmethod
    def _nothing_is_absent(cls, value: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
        return value or None

    @field_validator("authors", mode="before")
    @classmethod
    def _names_are_authors(cls, value: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
        return (
            [{"name": one} if isinstance(one, str) else one for one in value]
            if isinstance(value, list)
            else value or ()
        )

    @model_validator(mode="after")
    def _one_corresponds(self) -> StudyFile:
        if sum(author.corresponding for author in self.authors) > 1:
            raise ValueError("more than one author is said to be the corresponding one")
        return self

    @property
    def corresponding(self) -> Author | None:
        """The corresponding author."""
        return next((author for author in self.authors if author.corresponding), None)
