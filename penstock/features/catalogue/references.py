"""How people refer to what is in the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import InvalidSpec
from penstock.features.catalogue.records import Kind

_FORM = re.compile(
    r"(?:(?P<kind>view|on_demand|service):)?(?P<name>[a-z][a-z0-9_]{0,62})"
    r"(?:@(?P<version>[1-9][0-9]{0,7}))?(?:\.(?P<feature>[a-z][a-z0-9_]{0,62}))?"
)


@dataclass(frozen=True)
class Reference:
    """A name, perhaps with its kind, its version, and a feature of it."""

    name: str
    kind: Kind | None = None
    version: int = 0
    feature: str = ""

    def __str__(self) -> str:
        """Write it as it is read."""
        kind = f"{self.kind}:" if self.kind else ""
        version = f"@{self.version}" if self.version else ""
        return f"{kind}{self.name}{version}{'.' if self.feature else ''}{self.feature}"


def parse_reference(text: str) -> Reference:
    """Read ``[view:|on_demand:|service:]NAME[@VERSION][.FEATURE]``.

    Raises
    ------
    InvalidSpec
        The text has another form.

    Examples
    --------
    >>> parse_reference("customer_history@2.late_share")
    Reference(name='customer_history', kind=None, version=2, feature='late_share')
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise InvalidSpec(
            "This is no name of a feature definition.",
            found=repr(text[:100]),
            expected="NAME, NAME@VERSION or NAME.FEATURE, perhaps behind view:, on_demand: or service:",
            action="Such as customer_history@2.late_share.",
        )
    kinds: dict[str | None, Kind | None] = {
        "view": "view", "on_demand": "on_demand", "service": "service", None: None
    }  # fmt: skip
    version = int(found["version"] or 0)
    return Reference(found["name"], kinds[found["kind"]], version, found["feature"] or "")
