"""States and territories of the United States with their postal codes."""

# ruff: noqa: E501 - a table

from __future__ import annotations

from functools import cache

from penstock.quality.codes.folding import folded

_STATES = """
AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware;FL Florida;GA Georgia;
HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas;KY Kentucky;LA Louisiana;ME Maine;MD Maryland;
MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi;MO Missouri;MT Montana;NE Nebraska;NV Nevada;
NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;
OR Oregon;PA Pennsylvania;RI Rhode Island;SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;
VA Virginia;WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming;DC District of Columbia/Washington DC;
PR Puerto Rico;GU Guam;VI US Virgin Islands;AS American Samoa;MP Northern Mariana Islands
"""


@cache
def states() -> dict[str, str]:
    """Return the postal code of every code and name, folded."""
    found: dict[str, str] = {}
    for line in _STATES.replace("\n", "").split(";"):
        code, names = line.split(" ", 1)
        found |= {folded(name): code for name in (code, *names.split("/"))}
    return found
