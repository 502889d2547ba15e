"""The life of a dataset's contract: registered, approved or rejected, in force, superseded."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.catalog.materiality import material_changes
from penstock.errors import AlreadyDecided, NotFound, SegregationOfDuties
from penstock.specs import Contract
from penstock.stores import Item, ItemStore

POLICY = "policy"
"""Who approves where no person has to."""


class ContractStatus(StrEnum):
    """Where a version of a contract is."""

    REGISTERED = "registered"
    """It waits for the steward's decision; the version before stays in force."""
    APPROVED = "approved"
    """It is or was in force."""
    REJECTED = "rejected"
    """The steward refused it."""
    SUPERSEDED = "superseded"
    """Another version was registered before anybody decided."""


class ContractVersion(BaseModel):
    """A version of a dataset's contract, and who answers for it.

    Attributes
    ----------
    changes
        What is material in it, compared with the version that was in force; empty when nothing is.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    dataset: str
    number: int
    digest: str
    status: ContractStatus
    registered_by: str
    registered_at: str
    changes: tuple[str, ...] = ()
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""
    in_force: bool = False


class Contracts:
    """The versions of all contracts, on the catalogue's table.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> contracts = Contracts(MemoryItems())
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="confidential", columns=[{"name": "id", "type": "string"}])
    >>> contracts.propose("uc", contract, by="dana", at="2025-01-01", needs_approval=True).status
    <ContractStatus.REGISTERED: 'registered'>
    >>> contracts.in_force("uc", "payments") is None
    True
    >>> contracts.decide("uc", "payments", "approve", by="priya", reason="reviewed", at="2025-01-02").in_force
    True
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def propose(
        self, use_case: str, contract: Contract, *, by: str, at: str, needs_approval: bool
    ) -> ContractVersion:
        """Register a contract's version; the newest again changes nothing.

        It is in force at once when it needs no approval, or when it changes nothing material of the one that
        is. Otherwise a steward decides, and the one in force stays so meanwhile.
        """
        found = self._versions(use_case, contract.dataset)
        digest, last = digest_of(contract), found[-1] if found else None
        if last is not None and last["digest"] == digest and last["status"] != ContractStatus.REJECTED:
            return _version(last, self._number(use_case, contract.dataset))
        current = self.in_force(use_case, contract.dataset)
        changes = material_changes(self.contract(current), contract) if current else ("a new dataset",)
        version = ContractVersion(
            use_case=use_case, dataset=contract.dataset, number=len(found) + 1, digest=digest,
            status=ContractStatus.REGISTERED, registered_by=by, registered_at=at, changes=changes,
        )  # fmt: skip
        document = contract.model_dump(mode="json", exclude_defaults=True)
        item = self._items.put(_item(version, document), expect=0)
        if last is not None and last["status"] == ContractStatus.REGISTERED:
            self._items.put({**last, "status": ContractStatus.SUPERSEDED.value}, expect=last["revision"])
        if not needs_approval or not changes:
            reason = "needs no approval" if not needs_approval else "nothing material has changed"
            return self._close(item, ContractStatus.APPROVED, by=POLICY, reason=reason, at=at)
        return version

    def decide(
        self, use_case: str, dataset: str, decision: str, *, by: str, reason: str, at: str
    ) -> ContractVersion:
        """Approve or reject the version that waits.

        Parameters
        ----------
        decision
            ``approve`` or ``reject``.

        Raises
        ------
        NotFound
            The dataset has no contract.
        AlreadyDecided
            No version waits.
        SegregationOfDuties
            The one who decides is the one who registered it.
        """
        found = self._versions(use_case, dataset)
        if not found:
            raise NotFound("There is no such contract.", found=f"{use_case}/{dataset}",
                           action="List them: penstock datasets.")  # fmt: skip
        last = found[-1]
        if last["status"] != ContractStatus.REGISTERED:
            raise AlreadyDecided(
                "No version of the contract waits for a decision.", where=f"{use_case}/{dataset}",
                found=f"version {last['number']}: {last['status']} by {last['decided_by']}",
            )  # fmt: skip
        if by == last["registered_by"]:
            raise SegregationOfDuties(
                "You cannot decide on a contract that you registered.",
                found=by,
                expected=f"anybody but {by}",
                where=f"version {last['number']} of {use_case}/{dataset}",
                action="Ask the steward, or a colleague with the approver role.",
            )
        status = ContractStatus.APPROVED if decision == "approve" else ContractStatus.REJECTED
        return self._close(last, status, by=by, reason=reason, at=at)

    def in_force(self, use_case: str, dataset: str) -> ContractVersion | None:
        """Return the version that files are judged by, or None as long as none was approved."""
        number = self._number(use_case, dataset)
        item = self._items.get(_pk(use_case, dataset), _sk(number)) if number else None
        return _version(item, number) if item else None

    def pending(self, use_case: str, dataset: str) -> ContractVersion | None:
        """Return the version that waits for a decision, or None."""
        found = self.history(use_case, dataset)
        return found[-1] if found and found[-1].status is ContractStatus.REGISTERED else None

    def history(self, use_case: str, dataset: str) -> list[ContractVersion]:
        """Return all versions, the oldest first."""
        number = self._number(use_case, dataset)
        return [_version(item, number) for item in self._versions(use_case, dataset)]

    def contract(self, version: ContractVersion) -> Contract:
        """Return what a version says."""
        return self.numbered(version.use_case, version.dataset, version.number)

    def numbered(self, use_case: str, dataset: str, number: int) -> Contract:
        """Return a version by its number; :class:`~penstock.errors.NotFound` if there is none."""
        item = self._items.get(_pk(use_case, dataset), _sk(number))
        if item is None:
            raise NotFound("There is no such version.", found=str(number), where=f"{use_case}/{dataset}")
        return Contract.model_validate(item["document"])

    def _close(self, item: Item, status: ContractStatus, *, by: str, reason: str, at: str) -> ContractVersion:
        """Write a decision, and put an approved version in force."""
        closed = {**item, "status": status.value, "decided_by": by, "decided_at": at, "reason": reason}
        number = int(item["number"])
        if status is ContractStatus.APPROVED:
            # In force first: should the next write fail, the decision can be repeated.
            self._items.put({"pk": item["pk"], "sk": "in_force", "number": number})
        self._items.put(closed, expect=item["revision"])
        return _version(closed, number if status is ContractStatus.APPROVED else 0)

    def _number(self, use_case: str, dataset: str) -> int:
        """Return the number of the version in force, 0 when there is none."""
        found = self._items.get(_pk(use_case, dataset), "in_force")
        return int(found["number"]) if found else 0

    def _versions(self, use_case: str, dataset: str) -> list[Item]:
        return list(self._items.query(_pk(use_case, dataset), prefix="version#"))


def digest_of(contract: Contract) -> str:
    """Return the SHA-256 of a contract's canonical JSON."""
    return hashlib.sha256(contract.model_dump_json().encode()).hexdigest()


def _pk(use_case: str, dataset: str) -> str:
    return f"contract#{use_case}/{dataset}"


def _sk(number: int) -> str:
    return f"version#{number:08d}"


def _item(version: ContractVersion, document: dict[str, Any]) -> Item:
    facts = version.model_dump(mode="json", exclude={"in_force"})
    return {"pk": _pk(version.use_case, version.dataset), "sk": _sk(version.number), **facts,
            "document": document}  # fmt: skip


def _version(item: Item, number: int) -> ContractVersion:
    known = {name: item[name] for name in ContractVersion.model_fields if name in item}
    return ContractVersion.model_validate({**known, "in_force": int(item["number"]) == number})
