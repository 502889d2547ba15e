"""What people ask of aliases: set one, or take it away; both are audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import InvalidSpec
from penstock.governance.audit import AuditTrail
from penstock.models.aliases import Aliases


@dataclass(frozen=True)
class Naming:
    """What naming versions needs.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> naming = Naming(Aliases(MemoryItems()), AuditTrail(MemoryItems()), lambda: "2026-01-01T00:00:00.000Z")
    >>> naming.name({"use_case": "demo", "alias": "spring", "remove": True}, "dana")
    {'use_case': 'demo', 'alias': 'spring', 'version': None, 'by': 'dana'}
    """

    aliases: Aliases
    audit: AuditTrail
    now: Callable[[], str]

    def name(self, payload: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Let an alias stand for a version, or for nothing.

        Parameters
        ----------
        payload
            ``use_case``, ``alias``, and ``version`` or ``remove``; ``expect`` is the alias's revision.

        Raises
        ------
        Conflict, NotFound, InvalidSpec
            See :meth:`~penstock.models.aliases.Aliases.set`.
        """
        use_case, alias = str(payload.get("use_case", "")), str(payload.get("alias", ""))
        told: dict[str, Any] = {"use_case": use_case, "alias": alias, "version": None, "by": by}
        if payload.get("remove"):
            self.aliases.remove(use_case, alias)
        else:
            told |= self._set(use_case, alias, payload, by)
        self.audit.append(
            use_case,
            action="alias set" if told["version"] else "alias removed",
            actor=by,
            subject=f"alias {alias}",
            at=self.now(),
            details={"version": told["version"]},
        )
        return told

    def _set(self, use_case: str, alias: str, payload: Mapping[str, Any], by: str) -> dict[str, Any]:
        version, expect = payload.get("version"), payload.get("expect")
        if not isinstance(version, int) or not isinstance(expect, int | None):
            raise InvalidSpec("An alias stands for a version.", found=repr(version), expected="its number")
        made = self.aliases.set(use_case, alias, version, by=by, at=self.now(), expect=expect)
        return {"version": made.version, "revision": made.revision}
