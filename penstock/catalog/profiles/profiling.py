"""The profile of files, and the profile of profiles."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.catalog.profiles.document import Association, Profile
from penstock.errors import InvalidSpec, NotFound, SchemaMismatch, UnreadableFile

if TYPE_CHECKING:
    from penstock.catalog.profiles.relating import Relations
    from penstock.catalog.profiles.state import ColumnState
    from penstock.catalog.profiles.subjects import Source, Subject
    from penstock.specs.contract import Column, Contract

_MOST_ASSOCIATIONS = 200


def profile_files(
    files: Sequence[Path],
    columns: Contract | Sequence[Column] | None = None,
    *,
    target: str | None = None,
    memory_limit: str = "1GB",
) -> Profile:
    """Profile the rows of some files together, in one pass and in little memory.

    Parameters
    ----------
    files
        Parquet files; or CSV and JSON files, whose types are then found by looking at all values.
    columns
        Which columns, with their types and sensitivity: those of a contract's curated data, the given
        ones, or all of the files as they are. Values of personal and of hashed columns are not shown.
    target
        A column to which the others are related.
    memory_limit
        What the engine that reads CSV and JSON may hold; Parquet is read in pieces of at most 131,072 rows.

    Returns
    -------
    Profile
        Independent of the number of cores. Two profiles of parts are merged by :func:`merge`.

    Raises
    ------
    UnreadableFile
        There are no files, or one is not in a known format.
    SchemaMismatch
        A file lacks columns, has them twice or of another type.
    NotFound
        There is no such target.

    Examples
    --------
    >>> import duckdb
    >>> file = Path(tempfile.mkdtemp()) / "data.parquet"
    >>> query = "SELECT i AS id, i % 3 AS kind, 2 * i AS double FROM range(9) AS t(i)"
    >>> duckdb.sql(query).write_parquet(str(file))
    >>> profile = profile_files([file], target="id")
    >>> profile.rows, profile["kind"].distinct, profile["kind"].top[0].count, profile.candidate_keys
    (9, 3, 3, ('id', 'double'))
    >>> profile.associations[0].columns, profile.associations[0].value
    (('double', 'id'), 1.0)
    """
    from penstock.catalog.profiles.scanning import scan
    from penstock.catalog.profiles.sources import as_parquet, open_source

    if not files:
        raise UnreadableFile("There are no files to profile.", expected="at least one")
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        paths = [as_parquet(Path(file), Path(folder), memory_limit=memory_limit) for file in files]
        sources = [open_source(path) for path in paths]
        subjects = _subjects(sources, columns)
        states, relations = scan(sources, subjects, _target(subjects, target))
        return document_of(sum(source.rows for source in sources), states, relations, target)


def merge(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of the union of the rows, without reading them.

    Counts, extremes, histograms and the registers of ``distinct`` are those of the whole. Sums differ in the
    last digits; ranks, ``top`` and ``patterns`` keep their bounds. The order does not matter beyond that.

    Raises
    ------
    InvalidSpec
        There are none, or their sketches are of different kinds.
    SchemaMismatch
        Their columns are not the same.

    Examples
    --------
    >>> import duckdb
    >>> folder = Path(tempfile.mkdtemp())
    >>> days = []
    >>> for day in range(3):
    ...     file = folder / f"{day}.parquet"
    ...     duckdb.sql(f"SELECT {day} * 10 + i AS id FROM range(10) AS t(i)").write_parquet(str(file))
    ...     days.append(profile_files([file]))
    >>> year = merge(days)
    >>> year.rows, year["id"].maximum, year["id"].mean, year.candidate_keys
    (30, 29, 14.5, ('id',))
    """
    if not profiles:
        raise InvalidSpec("There are no profiles to merge.", expected="at least one")
    first = profiles[0]
    states, relations = _read(first)
    for other in profiles[1:]:
        _check(first, other)
        theirs, their_relations = _read(other)
        states = {name: _merged(name, state, theirs[name]) for name, state in states.items()}
        pairs = zip(relations, their_relations, strict=False)
        relations = [one.merge(two) for one, two in pairs]
    same = all(profile.target == first.target for profile in profiles)
    rows = sum(profile.rows for profile in profiles)
    return document_of(rows, states, relations, first.target if same else None)


def _subjects(sources: Sequence[Source], columns: Contract | Sequence[Column] | None) -> list[Subject]:
    """Return the columns to profile."""
    from penstock.catalog.profiles.subjects import Subject, check_columns, subjects_of

    if columns is None:
        return subjects_of(sources)
    from penstock.specs.columns import curated_columns
    from penstock.specs.contract import Contract

    chosen = curated_columns(columns) if isinstance(columns, Contract) else columns
    subjects = [Subject.of(column) for column in chosen]
    check_columns(sources, subjects)
    return subjects


def _target(subjects: Sequence[Subject], target: str | None) -> Subject | None:
    """Find the target; one whose values are not shown is related to nothing."""
    if target is None:
        return None
    for subject in subjects:
        if subject.name == target:
            return subject if subject.shown else None
    names = ", ".join(subject.name for subject in subjects[:50])
    raise NotFound("There is no such target column.", found=target, expected=names)


def document_of(
    rows: int,
    states: Mapping[str, ColumnState],
    relations: Sequence[Relations] = (),
    target: str | None = None,
) -> Profile:
    """Write down what was found of so many rows."""
    from penstock.catalog.profiles.summary import summarise
    from penstock.sketches import HASH

    columns = tuple(summarise(name, state) for name, state in states.items())
    sketches: dict[str, Any] = {
        "columns": {name: state.document() for name, state in states.items()},
        "relations": [relation.document() for relation in relations],
    }
    return Profile(
        hash=HASH,
        rows=rows,
        columns=columns,
        candidate_keys=tuple(column.name for column in columns if column.is_candidate_key),
        target=target,
        associations=_strongest([a for relation in relations for a in relation.associations(target)], target),
        sketches=sketches,
    )


def _strongest(found: Sequence[Association], target: str | None) -> tuple[Association, ...]:
    """Return the associations with the target first, each part by strength."""

    def place(one: Association) -> tuple[bool, float, tuple[str, str]]:
        return one.columns[1] != target, -abs(one.value), one.columns

    return tuple(sorted(set(found), key=place)[:_MOST_ASSOCIATIONS])


def _read(profile: Profile) -> tuple[dict[str, ColumnState], list[Relations]]:
    """Read the sketches of a profile."""
    from penstock.catalog.profiles.relating import Relations
    from penstock.catalog.profiles.state import ColumnState

    columns, relations = profile.sketches["columns"], profile.sketches["relations"]
    states = {name: ColumnState.read(document) for name, document in columns.items()}
    return states, [Relations.read(document) for document in relations]


def _check(first: Profile, other: Profile) -> None:
    """Make sure that two profiles are of the same kind and columns."""
    if first.hash != other.hash:
        raise InvalidSpec(
            "Profiles made with different hashes cannot be merged.",
            found=other.hash,
            expected=first.hash,
            action="Profile the files again with one version of Penstock.",
        )
    names, others = ({column.name for column in profile.columns} for profile in (first, other))
    if names != others:
        raise SchemaMismatch(
            "Profiles of different columns cannot be merged.",
            found=", ".join(sorted(names ^ others)[:50]),
            expected="the same columns in both",
        )


def _merged(name: str, one: ColumnState, other: ColumnState) -> ColumnState:
    """Merge two states of a column; an error names it."""
    try:
        return one.merge(other)
    except SchemaMismatch as error:
        error.add_note(f"column {name}")
        raise
