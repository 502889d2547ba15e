"""Which format a file has, by what is in it; and opening each."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.specs.importing import MAXIMUM_BYTES, ImportedSource
from penstock.training.imported import lightgbm_text, pickles, ubjson
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from penstock.specs.importing import ImportFormat
    from penstock.specs.model import Problem
    from penstock.training.imported.native import Native

FORMATS: dict[ImportFormat, str] = {
    "skops": ".skops",
    "pickle": ".skops",
    "xgboost": ".json",
    "lightgbm": ".txt",
    "onnx": ".onnx",
    "pmml": ".pmml",
}
"""Formats, and how the file is called that is kept of each: a pickle becomes a skops file."""
_HEAD = 4_096
_AGAIN = "Copy the file again, or write the model anew."
_ONNX_FIELD = 0x08
"""The tag of ``ir_version``, which protobuf writes first."""


def detect(path: Path) -> ImportFormat:
    """Return the format of a model's file by its content.

    Raises
    ------
    ModelRefused
        It is of none of them.

    Examples
    --------
    >>> import pickle, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "model.bin"
    >>> _ = file.write_bytes(pickle.dumps([1]))
    >>> detect(file)
    'pickle'
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if (found := _by_text(head)) is not None:
        return found
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            raise ModelRefused("The archive is damaged or incomplete.", where=path.name, action=_AGAIN)
        return "skops"
    if head.startswith((b"\x80", *pickles.PACKED)):
        return "pickle"
    if head[:1] == bytes([_ONNX_FIELD]):
        return "onnx"
    raise ModelRefused(
        "This is no model that can be brought in.",
        found=f"{path.name} begins with {head[:8]!r}",
        expected=", ".join(FORMATS),
        action="Export it to ONNX, or name its format with --format.",
    )


def describe(path: Path, **told: object) -> ImportedSource:
    """Return what a candidate says of a file: its format, size and hash, and what a person adds.

    Parameters
    ----------
    told
        Fields of :class:`~penstock.specs.importing.ImportedSource`; empty ones are left out.

    Raises
    ------
    ModelRefused
        The file is too large, empty, or of another format than said.
    """
    size, given = path.stat().st_size, {name: value for name, value in told.items() if value}
    if not 0 < size <= MAXIMUM_BYTES:
        raise ModelRefused(
            "The file is empty or larger than a model may be.",
            found=f"{size:,} bytes",
            expected=f"1 to {MAXIMUM_BYTES:,} bytes",
            where=path.name,
        )
    wanted = given.setdefault("format", detect(path))
    _check_format(path, str(wanted))
    if wanted == "pickle" and not given.get("allow_pickle"):
        raise ModelRefused(
            "A pickle runs code of whoever wrote it.",
            where=path.name,
            action="Write it with skops.io.dump; or, if you trust where it is from, add --allow-pickle.",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = re.sub(r"[^A-Za-z0-9._-]", "_", path.name).lstrip("._-")[-128:] or "model"
    return ImportedSource.model_validate({**given, "file": name, "sha256": digest, "bytes": size})


def verify(path: Path, source: ImportedSource) -> None:
    """Refuse a file that is not, to the byte, the one that was brought in.

    Raises
    ------
    ModelRefused
        Size or hash differ, or the format is another.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != source.sha256:
        raise ModelRefused(
            "The model's file was changed after it was brought in.",
            found=f"sha256 {digest}",
            expected=f"sha256 {source.sha256}",
            where=source.file,
            action="Bring the model in again: penstock model import.",
        )
    _check_format(path, source.format)


def check(path: Path, source: ImportedSource) -> None:
    """Look for what is unsafe in a file without running any of it, as far as the libraries are installed.

    Raises
    ------
    ModelRefused
        It is unsafe or broken.
    """
    if source.format == "pickle":
        pickles.scan(path, source.trusted)
        return
    if source.format == "lightgbm":
        lightgbm_text.check(path.read_bytes())
        return
    if source.format == "xgboost":
        data = path.read_bytes()
        if not is_json(data):
            ubjson.check(data)
        return
    try:
        if source.format == "skops":
            from penstock.training.imported.scikit_learn import refuse_foreign

            refuse_foreign(path, source.trusted)
        elif source.format == "onnx":
            from penstock.training.imported.onnx_file import check as check_onnx

            check_onnx(path)
        elif source.format == "pmml":
            from penstock.training.imported.pmml import read_document

            read_document(path)
    except ModuleNotFoundError:  # the job looks again
        return


def open_model(
    path: Path, kind: ImportFormat, *, trusted: tuple[str, ...], problem: Problem, threads: int
) -> Native:
    """Open a file of a known kind; a pickle is none.

    Raises
    ------
    ModelRefused
        It is unsafe, broken, or cannot answer the problem.
    """
    if kind in ("skops", "pickle"):
        from penstock.training.imported.scikit_learn import ScikitLearn

        return ScikitLearn(path, trusted=trusted, problem=problem)
    if kind == "onnx":
        from penstock.training.imported.onnx_file import Onnx

        return Onnx(path, threads=threads)
    if kind == "pmml":
        from penstock.training.imported.pmml import Pmml

        return Pmml(path, problem=problem)
    from penstock.training.imported import boosters

    chosen = boosters.XGBoost if kind == "xgboost" else boosters.LightGBM
    return chosen(path, problem=problem, threads=threads)


def is_json(data: bytes) -> bool:
    """Say whether what begins as an object is JSON, and not UBJSON."""
    return data[1:2] in (b'"', b" ", b"\n", b"\r", b"\t", b"}")


def _by_text(head: bytes) -> ImportFormat | None:
    """Recognise the formats that begin with words."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"tree\n") or text.startswith(b"tree\r\n"):
        return "lightgbm"
    if text.startswith(b"<") and b"<PMML" in head:
        return "pmml"
    # XGBoost's JSON, or its UBJSON, where a length stands before each name.
    return "xgboost" if text.startswith(b"{") and (b'"' in text[:64] or text[1:2] in b"LlUi") else None


def _check_format(path: Path, wanted: str) -> None:
    """Refuse a file of another format than said."""
    found = detect(path)
    if found != wanted:
        raise ModelRefused(
            "The file is of another format than said.", found=found, expected=wanted, where=path.name
        )
