"""How journals print numbers: one record a journal. A new style is one record here."""

from __future__ import annotations

from dataclasses import dataclass

EN_DASH = "–"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How one journal prints numbers.

    Attributes
    ----------
    name : str
        The journal's short name.
    decimal_mark : str
        The sign between the whole and the decimals.
    p_leading_zero : bool
        Whether a P value keeps the zero before its decimal mark.
    p_smallest : float
        Smaller P values are printed as less than this.
    p_decimals : tuple of (float, int)
        Upper bound of P and the decimals printed below it, ascending.
    p_one : str
        What is printed where P rounds to one.
    range_separator : str
        The sign between the ends of a range or an interval.
    percent_decimals : int
        Decimals of a percentage.
    """

    name: str
    decimal_mark: str = "."
    p_leading_zero: bool = True
    p_smallest: float = 0.001
    p_decimals: tuple[tuple[float, int], ...] = ((0.01, 3), (2.0, 2))
    p_one: str = "1.0"
    range_separator: str = EN_DASH
    percent_decimals: int = 0


_RECORDS = (
    # As the article prints them: two decimals, 1.0 for one, an en dash in ranges.
    NumberStyle("jgo"),
    # AMA Manual of Style, 11th ed., 19.5 and 17.4: no leading zero, two decimals from .01 on, ' to ' with negatives.
    NumberStyle("jama", p_leading_zero=False, p_one=">.99"),
    # The Lancet's instructions: raised decimal point, P to four decimals below 0.1 at two significant digits.
    NumberStyle(
        "lancet",
        decimal_mark="·",
        p_smallest=0.0001,
        p_decimals=((0.001, 5), (0.01, 4), (0.1, 3), (2.0, 2)),
        p_one="1·0",
    ),
    # NEJM: two decimals above 0.01, three between 0.001 and 0.01, less than 0.001 otherwise.
    NumberStyle("nejm", p_one=">0.99", range_separator=" to "),
)
STYLES: dict[str, NumberStyle] = {record.name: record for record in _RECORDS}
