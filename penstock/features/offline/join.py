"""The point-in-time join: each row gets what was known before it, and no row is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock.errors import InvalidSpec, NotFound
from penstock.features.offline.layout import parquet_files
from penstock.specs.features import FeatureView


def join(
    *,
    spine: Path | Sequence[Path],
    timestamp: str,
    views: Sequence[tuple[FeatureView, Path | Sequence[Path]]],
    output: Path,
) -> int:
    """Add the features of views to rows, as they were known at each row's time.

    A row gets each view's newest feature row with ``event_timestamp`` plus the view's ``delay`` before its
    time (or at it, if the view is ``inclusive``) that is not older than the view's time to live. Of versions
    of one feature row the latest ``write_time`` counts; if that is deleted, there is no such row.

    Parameters
    ----------
    spine
        Parquet file or files of the rows; they have ``timestamp`` and the key column of every view's entity.
    timestamp
        The column that says when a row is predicted: a date or a timestamp (UTC if without a zone).
    views
        Each view with its files in the offline store (none if it has no rows), or the folder of them.
    output
        Parquet file to write: the rows of the spine, all of them and in their order, with the features'
        columns after their own. Features are null where nothing was known yet, or where what was
        known is older than the view's time to live.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    InvalidSpec
        A feature has the name of another one or of a column.
    NotFound
        A view has no file.
    SchemaMismatch
        The rows lack a key or the timestamp, or a key is not of the view's type.

    See Also
    --------
    materialise : makes the files of the views.

    Notes
    -----
    The features of the views are held in memory, of the spine about 130,000 rows at a time.
    """
    from penstock.features.offline.spine import Spine, write_joined

    rows = Spine([spine] if isinstance(spine, Path) else list(spine), timestamp)
    _refuse_clashes(rows.schema.names, [view for view, _ in views])
    files = [(view, _files(view, path)) for view, path in views]
    for view, _ in views:
        rows.demand(view)
    return write_joined(rows, files, output)


def _files(view: FeatureView, path: Path | Sequence[Path]) -> list[Path]:
    """Return the files of a view, which must be there."""
    files = parquet_files(path) if isinstance(path, Path) else list(path)
    if (isinstance(path, Path) and not files) or not all(file.exists() for file in files):
        raise NotFound("The view is not materialised.", found=str(path), where=view.name)
    return files


def _refuse_clashes(columns: Sequence[str], views: Sequence[FeatureView]) -> None:
    """Refuse two columns of one name; SQL does not tell them apart by case."""
    seen = {name.lower() for name in columns}
    for view in views:
        for feature in view.features:
            if feature.name.lower() in seen:
                raise InvalidSpec(
                    "A feature has the name of another column.",
                    found=feature.name,
                    where=view.name,
                    action="Rename the feature in features.yaml.",
                )
            seen.add(feature.name.lower())
