"""Aliases: names of one's own for versions, such as ``candidate_for_spring``."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict, InvalidSpec, NotFound
from penstock.models.repository import ModelRepository
from penstock.models.version import ModelVersion
from penstock.stores import ItemStore

CHAMPION = "champion"
LATEST = "latest"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class Alias(BaseModel):
    """A name that stands for a version.

    Attributes
    ----------
    revision
        How often it was set; who states it when setting it again is told if somebody else was first.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    by: str
    at: str
    revision: int = 0


class Aliases:
    """The aliases of all use cases, in the table of models.

    ``champion`` and ``latest`` always stand for the version that serves, and for the newest one.

    Examples
    --------
    >>> from penstock.models.version import Stage
    >>> from penstock.stores import MemoryItems
    >>> items = MemoryItems()
    >>> made = {"stage": Stage.APPROVED, "by": "dana", "at": "2026-01-01T00:00:00.000Z"}
    >>> facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e"}
    >>> _ = ModelRepository(items).register("demo", run_id="r1", facts=facts, **made)
    >>> aliases = Aliases(items)
    >>> first = aliases.set("demo", "spring", 1, by="dana", at="2026-01-02T00:00:00.000Z", expect=0)
    >>> aliases.resolve("demo", "spring").version, aliases.resolve("demo", "latest").version
    (1, 1)
    """

    def __init__(self, items: ItemStore) -> None:
        self._items, self._models = items, ModelRepository(items)

    def set(
        self, use_case: str, name: str, version: int, *, by: str, at: str, expect: int | None = None
    ) -> Alias:
        """Let a name stand for a version.

        Parameters
        ----------
        expect
            The revision that the alias has now, 0 for none; without it, whatever it has.

        Raises
        ------
        Conflict
            The alias has another revision: somebody else has set it.
        NotFound
            There is no such version.
        InvalidSpec
            The name is none, or has a meaning of its own.
        """
        if name in {CHAMPION, LATEST} or not _NAME.fullmatch(name):
            raise InvalidSpec(
                "This is no alias.",
                found=name,
                expected=f"lower case, digits, _ and -; not {CHAMPION} or {LATEST}",
            )
        self._models.version(use_case, version)
        item = {"pk": _pk(use_case), "sk": _sk(name), "name": name, "version": version, "by": by, "at": at}
        try:
            return _alias(self._items.put(item, expect=expect))
        except Conflict as error:
            found = self._items.get(_pk(use_case), _sk(name))
            raise Conflict(
                "Somebody else has set this alias.",
                found=f"{name} is version {found['version']} by {found['by']}" if found else "no such alias",
                expected=f"revision {expect}",
                where=use_case,
                action="Look at it again: penstock model aliases.",
            ) from error

    def remove(self, use_case: str, name: str) -> None:
        """Remove a name; nothing happens when there is none."""
        self._items.delete(_pk(use_case), _sk(name))

    def all(self, use_case: str) -> list[Alias]:
        """Return the aliases of a use case by name."""
        return [_alias(item) for item in self._items.query(_pk(use_case), prefix=_sk(""))]

    def resolve(self, use_case: str, text: str | int) -> ModelVersion:
        """Return the version of a number, of an alias, or of ``champion`` or ``latest``.

        Raises
        ------
        NotFound
            Nothing has that name.
        """
        if str(text).isdigit():
            return self._models.version(use_case, int(text))
        found = self._models.champion(use_case) if text == CHAMPION else self._named(use_case, str(text))
        if found is None:
            if not self._models.versions(use_case):
                raise NotFound(
                    "There is no model of this name yet.",
                    found=use_case,
                    action="Look which there are: penstock models.",
                )
            names = ", ".join([CHAMPION, LATEST, *(one.name for one in self.all(use_case))])
            raise NotFound(
                "No version has this name.", found=str(text), expected=f"a number, {names}", where=use_case
            )
        return found

    def _named(self, use_case: str, name: str) -> ModelVersion | None:
        if name == LATEST:
            return next(iter(reversed(self._models.versions(use_case))), None)
        item = self._items.get(_pk(use_case), _sk(name))
        return self._models.version(use_case, int(item["version"])) if item else None


def _pk(use_case: str) -> str:
    return f"model#{use_case}"


def _sk(name: str) -> str:
    return f"alias#{name}"


def _alias(item: dict[str, object]) -> Alias:
    return Alias.model_validate({key: item[key] for key in Alias.model_fields if key in item})
