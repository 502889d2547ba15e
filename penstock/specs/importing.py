"""A model that was made elsewhere: which file it is, and what the file does not say of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from penstock.specs.base import ColumnName, Spec

ImportFormat = Literal["skops", "pickle", "xgboost", "lightgbm", "onnx", "pmml"]
MAXIMUM_BYTES = 512 << 20
"""Of a file that is brought in."""
_TRUSTING = ("skops", "pickle")
_NEVER = frozenset(
    "__builtin__ _io _operator _pickle asyncio atexit bdb builtins cProfile code codeop concurrent ctypes"
    " distutils doctest ftplib functools gc http imp importlib inspect io logging marshal multiprocessing nt"
    " operator os pdb pickle pip pkgutil posix profile pty pydoc runpy setuptools shutil signal site smtplib"
    " socket sqlite3 subprocess sys tempfile threading timeit trace types unittest urllib venv webbrowser"
    " xmlrpc zipimport".split()
)
"""Modules by which a file could do anything: nobody can vouch for a name of theirs."""


class ImportedSource(Spec):
    """The file of an imported candidate, and how it is read.

    Examples
    --------
    >>> source = ImportedSource(format="onnx", file="churn.onnx", sha256="0" * 64, bytes=10)
    >>> source.key("late_invoices").endswith("0/churn.onnx")
    True
    >>> ImportedSource(format="pickle", file="churn.pkl", sha256="0" * 64, bytes=10)
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for ImportedSource
      Value error, a pickle runs code of whoever wrote it: it needs 'allow_pickle' [...]
    """

    format: ImportFormat
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    """Its name, without a folder."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: int = Field(gt=0, le=MAXIMUM_BYTES)
    columns: tuple[ColumnName, ...] = ()
    """What the model takes, in its order; as the file says when not given."""
    classes: tuple[str, ...] = ()
    """What the model's outputs stand for, in their order; as the file says when not given."""
    positive: str | None = None
    """Of a yes/no question, which of the model's classes means yes; 1 or true when not given."""
    trusted: tuple[str, ...] = ()
    """Types beyond scikit-learn's, NumPy's and SciPy's that a person has vouched for."""
    allow_pickle: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> ImportedSource:
        if self.format == "pickle" and not self.allow_pickle:
            raise ValueError("a pickle runs code of whoever wrote it: it needs 'allow_pickle'")
        if self.trusted and self.format not in _TRUSTING:
            raise ValueError(f"'trusted' is of {' and '.join(_TRUSTING)}, and the format is {self.format}")
        if wrong := [name for name in self.trusted if name.partition(".")[0] in _NEVER]:
            raise ValueError(f"no file may be trusted with {', '.join(wrong)}: it could run anything")
        return self

    def key(self, use_case: str) -> str:
        """Return where the file lies in the bucket of artefacts: a place that its content decides."""
        return f"imports/{use_case}/{self.sha256}/{self.file}"
