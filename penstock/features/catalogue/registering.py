"""Registration: what becomes of the definitions of a use case, and of those that they take the place of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec
from penstock.features.catalogue.declaring import Declared, declared, declared_services
from penstock.features.catalogue.definitions import Definitions, Stored, latest
from penstock.features.catalogue.digests import computing, differences
from penstock.features.catalogue.records import APPROVED, LIVE, Action, Definition, Ending, Pin, Status
from penstock.specs.features import FeatureView
from penstock.stores.items import conflict

if TYPE_CHECKING:
    from penstock.specs import Contract, UseCase

POLICY = "policy"
"""Who decides where no person has to."""
_GONE = "the use case does not have it any more"
_BY_THE_USE_CASE = {None, "undeclared", "definition"}


class Registering:
    """One registration; everything is read anew, so that it can be repeated after a lost race."""

    def __init__(self, definitions: Definitions, *, by: str, at: str) -> None:
        self._definitions, self._by, self._at = definitions, by, at
        self._taken: dict[tuple[str, str], int] = {}

    def register(self, use_case: UseCase, contracts: Mapping[str, Contract]) -> None:
        """Write what is new, then let others follow.

        Parameters
        ----------
        contracts
            Those that were in force before, by their datasets; what they guard is guarded still.
        """
        known = self._definitions.all(use_case.name)
        for one in declared(use_case, contracts):
            self._take(use_case.name, one, _named(known, one))
        known = self._definitions.all(use_case.name)
        numbers = {one.name: self._taken["on_demand", one.name] for one in use_case.on_demand}
        for one in declared_services(use_case, numbers):
            self._take(use_case.name, one, _named(known, one))
        self._forget(use_case.name)
        settle(self._definitions, use_case.name, at=self._at)

    def _take(self, use_case: str, one: Declared, known: list[Stored]) -> None:
        """Register one definition."""
        self._definitions.keep(use_case, one.content, one.document, one.types)
        found = _same(one, known)
        number = found.definition.version if found else one.version or len(known) + 1
        self._taken[one.kind, one.name] = number
        if found is None:
            self._add(use_case, one, known)
        elif found.definition.status in LIVE:
            self._describe(one, found)
        else:
            self._propose_again(one, found, known)

    def _add(self, use_case: str, one: Declared, known: list[Stored]) -> None:
        """Register a version that is new."""
        needs = one.needs(_standing(known))
        waits = bool(needs) or one.kind == "service"
        new = Definition(
            use_case=use_case,
            kind=one.kind,
            name=one.name,
            version=self._taken[one.kind, one.name],
            digest=one.digest,
            document=one.content,
            status=Status.PROPOSED if waits else Status.IN_FORCE,
            registered_by=self._by,
            registered_at=self._at,
            proposed_by=self._by,
            needs=needs,
            **_decided(waits=waits, at=self._at),
            **_facts(one),
        )
        action: Action = "proposed" if waits else "registered"
        self._write(new.changed(action, by=self._by, at=self._at, because="; ".join(needs)), 0, one)

    def _propose_again(self, one: Declared, found: Stored, known: list[Stored]) -> None:
        """Register anew what nobody has approved; a refusal of the same stays one."""
        old, needs = found.definition, one.needs(_standing(known))
        same = old.digest == one.digest
        if same and (old.status is Status.REJECTED or _says_the_same(old, one, needs)):
            return
        waits = bool(needs) or one.kind == "service"
        facts: dict[str, Any] = {
            "digest": one.digest,
            "document": one.content,
            "status": Status.PROPOSED if waits else Status.IN_FORCE,
            # Who only describes it otherwise did not propose the computation.
            "proposed_by": old.proposed_by if same and old.status is Status.PROPOSED else self._by,
            "needs": needs,
            **_decided(waits=waits, at=self._at),
            **_facts(one),
        }
        action: Action = "proposed" if waits else "registered"
        reason = "; ".join(needs)
        new = old.changed(action, by=self._by, at=self._at, because=reason, **facts)
        self._write(new, found.revision, one)

    def _describe(self, one: Declared, found: Stored) -> None:
        """Take over what does not change the values of a live definition."""
        old = found.definition
        if old.digest != one.digest:
            # Somebody was faster since the check: asked again, it refuses.
            raise conflict(old.use_case, old.reference, expect=found.revision)
        new = old
        if old.document != one.content:
            new = old.changed("described", by=self._by, at=self._at, document=one.content, **_facts(one))
        self._write(new, found.revision, one, before=old)

    def _write(self, new: Definition, expect: int, one: Declared, before: Definition | None = None) -> None:
        """Write a definition, as deprecated as it says that it is."""
        after = _ended_as_said(new, one, by=self._by, at=self._at)
        if after != before:
            self._definitions.write(after, expect=expect)

    def _forget(self, use_case: str) -> None:
        """Let go of what the use case does not have any more, and of proposals that it has replaced."""
        for stored in self._definitions.all(use_case):
            one = stored.definition
            taken = self._taken.get((one.kind, one.name))
            if one.status is Status.PROPOSED and taken != one.version:
                reason = "another version was registered" if taken else _GONE
                self._end(stored, Status.SUPERSEDED, reason)
            elif one.status is Status.IN_FORCE and taken is None:
                self._end(stored, Status.DEPRECATED, _GONE)

    def _end(self, stored: Stored, status: Status, reason: str) -> None:
        one = stored.definition
        if status is Status.SUPERSEDED:
            new = one.changed("superseded", by=self._by, at=self._at, because=reason, status=status)
        else:
            ending = Ending(cause="undeclared", since=self._at[:10], reason=reason, by=self._by)
            new = one.changed(
                "deprecated", by=self._by, at=self._at, because=reason, status=status, ending=ending
            )
        self._definitions.write(new, expect=stored.revision)


def refuse_changes(definitions: Definitions, use_case: UseCase) -> None:
    """Raise InvalidSpec if a live version of a view is declared with another computation, or an older one.

    Nothing is written.
    """
    known = definitions.all(use_case.name, "view")
    problems = list[str]()
    for one in declared(use_case, {}):
        if one.kind == "view":
            problems += _problems(definitions, use_case.name, one, _named(known, one))
    if problems:
        raise InvalidSpec(
            "A feature view in force cannot change what it computes.",
            found="\n    ".join(problems),
            where=f"features.yaml of {use_case.name}",
            expected="the computation that is registered, or another `version`",
            action="Raise `version` of the view; models of the old one keep it.",
        )


def _problems(definitions: Definitions, use_case: str, one: Declared, known: list[Stored]) -> Iterator[str]:
    """Yield what a live version would be changed in."""
    standing = _standing(known)
    if one.version < standing:
        yield f"view {one.name} is declared as version {one.version}, and version {standing} is in force"
        return
    found = next((s.definition for s in known if s.definition.version == one.version), None)
    if found is None or found.status not in LIVE or found.digest == one.digest:
        return
    said = definitions.said(use_case, found.document)
    before = computing(FeatureView.model_validate(said.document), said.types)
    for difference in differences(before, one.computing):
        yield f"view {one.name} version {one.version}, {difference}"


def settle(definitions: Definitions, use_case: str, *, at: str) -> None:
    """Let what is in force take the place of older versions, and services follow their views.

    It asks only how things are, so that two writers at once end with the same.
    """
    for group in latest(definitions.all(use_case)):
        _replace(definitions, group, at=at)
    _follow(definitions, use_case, at=at)
    for group in latest(definitions.all(use_case, "service")):
        _replace(definitions, group, at=at)


def _replace(definitions: Definitions, group: list[Stored], *, at: str) -> None:
    """Let the newest approved version replace those before it; older proposals are superseded."""
    top = max((one.definition.version for one in group if one.definition.status in LIVE), default=0)
    last = max(
        (one.definition.version for one in group if one.definition.status is Status.PROPOSED), default=0
    )
    for stored in group:
        one = stored.definition
        if one.status is Status.IN_FORCE and one.version < top:
            reason = f"version {top} is in force"
            ending = Ending(
                cause="replaced", since=at[:10], reason=reason, replaced_by=f"{one.name}@{top}", by=POLICY
            )
            facts: dict[str, Any] = {"status": Status.DEPRECATED, "ending": ending}
            new = one.changed("deprecated", by=POLICY, at=at, because=reason, **facts)
            definitions.write(new, expect=stored.revision)
        elif one.status is Status.PROPOSED and one.version < max(top, last):
            reason = f"version {max(top, last)} was registered"
            new = one.changed("superseded", by=POLICY, at=at, because=reason, status=Status.SUPERSEDED)
            definitions.write(new, expect=stored.revision)


def _follow(definitions: Definitions, use_case: str, *, at: str) -> None:
    """Put services in force all of whose parts are."""
    known = definitions.all(use_case)
    for stored in known:
        one = stored.definition
        if one.status is Status.PROPOSED and not one.needs and not waiting_for(one, known):
            facts: dict[str, Any] = {"status": Status.IN_FORCE, "decided_by": POLICY, "decided_at": at}
            reason = "all that it is made of is in force"
            definitions.write(
                one.changed("approved", by=POLICY, at=at, because=reason, **facts), expect=stored.revision
            )


def waiting_for(one: Definition, known: list[Stored]) -> tuple[Pin, ...]:
    """Return the parts of a definition that are not in force."""
    there = {
        (s.definition.kind, s.definition.name, s.definition.version)
        for s in known
        if s.definition.status in APPROVED
    }
    return tuple(pin for pin in one.pins if (pin.kind, pin.name, pin.version) not in there)


def _ended_as_said(new: Definition, one: Declared, *, by: str, at: str) -> Definition:
    """Deprecate a definition that says it is, and take back what no longer holds."""
    cause = new.ending.cause if new.ending else None
    said = one.deprecated
    if new.status in APPROVED and said is not None and cause in _BY_THE_USE_CASE:
        ending = Ending(
            cause="definition",
            since=str(said.since),
            reason=said.reason,
            replaced_by=said.replaced_by or "",
            by=by,
        )
        if new.ending is not None and new.ending.model_dump(exclude={"by"}) == ending.model_dump(
            exclude={"by"}
        ):
            return new
        facts: dict[str, Any] = {"status": Status.DEPRECATED, "ending": ending}
        return new.changed("deprecated", by=by, at=at, because=said.reason, **facts)
    if new.status is Status.DEPRECATED and said is None and cause in _BY_THE_USE_CASE:
        facts = {"status": Status.IN_FORCE, "ending": None}
        return new.changed("restored", by=by, at=at, because="the use case declares it", **facts)
    return new


def _named(known: list[Stored], one: Declared) -> list[Stored]:
    """Return the versions of the name of a definition."""
    return [s for s in known if (s.definition.kind, s.definition.name) == (one.kind, one.name)]


def _same(one: Declared, known: list[Stored]) -> Stored | None:
    """Return the version that a definition is of; None when it is a new one."""
    if one.version:
        return next((s for s in known if s.definition.version == one.version), None)
    standing = _standing(known)
    alike = [s for s in known if s.definition.digest == one.digest and s.definition.version >= standing]
    return alike[-1] if alike else None


def _standing(known: list[Stored]) -> int:
    """Return the newest version that is or was in force, 0 when there is none."""
    return max((s.definition.version for s in known if s.definition.status in LIVE), default=0)


def _says_the_same(old: Definition, one: Declared, needs: tuple[str, ...]) -> bool:
    """Say whether a proposal waits as it did."""
    return old.status is Status.PROPOSED and (old.document, old.needs) == (one.content, needs)


def _decided(*, waits: bool, at: str) -> dict[str, str]:
    """Return who decided on what waits for nobody."""
    if waits:
        return {"decided_by": "", "decided_at": "", "reason": ""}
    return {"decided_by": POLICY, "decided_at": at, "reason": "needs no approval"}


def _facts(one: Declared) -> dict[str, Any]:
    pins = tuple(Pin.model_validate(pin) for pin in one.facts.get("pins", ()))
    return {**one.facts, "pins": pins}
