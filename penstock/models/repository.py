"""The model repository on a table."""

from __future__ import annotations

from typing import Any

from penstock.errors import Conflict, NotFound
from penstock.models.version import TRANSITIONS, ModelVersion, Stage, StageChange
from penstock.stores import Item, ItemStore

_ATTEMPTS = 20


class ModelRepository:
    """Versions of all use cases, under optimistic locking.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> models = ModelRepository(MemoryItems())
    >>> first = models.register(
    ...     "demo", run_id="r1", stage=Stage.PENDING_APPROVAL, by="dana", at="2026-01-01T00:00:00.000Z",
    ...     facts={"candidate": "xgboost", "model_key": "m", "evaluation_prefix": "e"})
    >>> first.version, models.champion("demo")
    (1, None)
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def register(
        self,
        use_case: str,
        *,
        run_id: str,
        stage: Stage,
        by: str,
        at: str,
        facts: dict[str, Any],
        reason: str = "",
    ) -> ModelVersion:
        """Add the next version; the same run again returns the version that it has.

        Parameters
        ----------
        facts
            The remaining fields of :class:`ModelVersion`.

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        for _ in range(_ATTEMPTS):
            known = self.versions(use_case)
            if same := next((one for one in known if one.run_id == run_id), None):
                return same
            version = ModelVersion(
                use_case=use_case,
                version=len(known) + 1,
                run_id=run_id,
                stage=stage,
                requested_by=by,
                created_at=at,
                history=(StageChange(stage=stage, at=at, by=by, reason=reason),),
                **facts,
            )
            try:
                self._items.put(_item(version), expect=0)
            except Conflict:
                continue
            return version
        raise Conflict("Others kept registering versions first.", where=use_case, action="Retry.")

    def versions(self, use_case: str) -> list[ModelVersion]:
        """Return all versions, the oldest first."""
        return [_version(item) for item in self._items.query(_pk(use_case), prefix="version#")]

    def version(self, use_case: str, number: int) -> ModelVersion:
        """Return a version; :class:`~penstock.errors.NotFound` if there is none of that number."""
        return _version(self._read(use_case, number))

    def champion(self, use_case: str) -> ModelVersion | None:
        """Return the version that serves, or None before the first deployment."""
        pointer = self._items.get(_pk(use_case), "champion")
        return self.version(use_case, pointer["version"]) if pointer else None

    def move(
        self, use_case: str, number: int, stage: Stage, *, by: str, at: str, reason: str = ""
    ) -> ModelVersion:
        """Give a version another stage; asking for the stage that it has changes nothing.

        A new champion retires the one before it.

        Raises
        ------
        Conflict
            That stage cannot follow, or somebody else changed the version at the same time.
        """
        item = self._read(use_case, number)
        current = _version(item)
        if current.stage is stage:
            if stage is Stage.CHAMPION:
                self._crown(current, by=by, at=at)
            return current
        if stage not in TRANSITIONS[current.stage]:
            allowed = ", ".join(sorted(TRANSITIONS[current.stage])) or "nothing: the stage is final"
            raise Conflict(
                "A version cannot change so.",
                found=f"{current.stage} to {stage}",
                expected=allowed,
                where=f"version {number} of {use_case}",
            )
        change = StageChange(stage=stage, at=at, by=by, reason=reason)
        moved = current.model_copy(update={"stage": stage, "history": (*current.history, change)})
        self._items.put(_item(moved), expect=item["revision"])
        if stage is Stage.CHAMPION:
            self._crown(moved, by=by, at=at)
        return moved

    def note(self, use_case: str, number: int, **facts: Any) -> ModelVersion:
        """Add facts, such as the address of the model package, to a version whose stage stays."""
        item = self._read(use_case, number)
        noted = _version(item).model_copy(update=facts)
        self._items.put(_item(noted), expect=item["revision"])
        return noted

    def _crown(self, version: ModelVersion, *, by: str, at: str) -> None:
        """Point at the new champion and retire the old one; again after a crash, it finishes the work."""
        pointer = self._items.get(_pk(version.use_case), "champion")
        if pointer is None or pointer["version"] != version.version:
            self._items.put(
                {"pk": _pk(version.use_case), "sk": "champion", "version": version.version},
                expect=pointer["revision"] if pointer else 0,
            )
        for other in self.versions(version.use_case):
            if other.stage is Stage.CHAMPION and other.version != version.version:
                reason = f"replaced by version {version.version}"
                self.move(version.use_case, other.version, Stage.RETIRED, by=by, at=at, reason=reason)

    def _read(self, use_case: str, number: int) -> Item:
        item = self._items.get(_pk(use_case), f"version#{number:08d}")
        if item is None:
            raise NotFound(
                "There is no such version.",
                found=str(number),
                where=use_case,
                action=f"List them: penstock models {use_case}.",
            )
        return item


def _pk(use_case: str) -> str:
    return f"model#{use_case}"


def _item(version: ModelVersion) -> Item:
    return {
        "pk": _pk(version.use_case),
        "sk": f"version#{version.version:08d}",
        **version.model_dump(mode="json"),
    }


def _version(item: Item) -> ModelVersion:
    return ModelVersion.model_validate({key: item[key] for key in ModelVersion.model_fields if key in item})
