"""What a pickle would import, found without importing any of it, and whether all of that is harmless.

A pickle is a program. It is run here on a stage: every name that it asks for becomes a stand-in that does
nothing when it is called, so that each name is met, also those behind NumPy's raw bytes in a joblib file,
where reading the instructions one by one loses its way.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import pickle
import re
import zlib
from pathlib import Path
from typing import Any, ClassVar

from penstock.training.imported.refusal import ModelRefused

_ARRAY = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_PACKED = {b"\x1f\x8b": gzip, b"BZ": bz2, b"\xfd7zXZ": lzma, b"\x5d\x00": lzma}
_ZLIB = (b"x\x01", b"x\x9c", b"x\xda", b"x^")
PACKED = (*_PACKED, *_ZLIB)
"""How files begin that joblib has compressed."""
_MOST_BYTES = 2 << 30
"""Of a file once it is unpacked."""
_LIBRARY = re.compile(r"^(sklearn|scipy\.(sparse|interpolate|stats))(\.[A-Za-z_]\w*)*$")
_CLASS = re.compile(r"^_?[A-Z]\w*$|^__pyx_unpickle_\w+$|^cs[cr]_(matrix|array)$")
_BUILTINS = frozenset({
    "object", "list", "dict", "set", "frozenset", "tuple", "float", "int", "bool", "str", "bytes",
    "bytearray", "slice", "range", "complex",
})  # fmt: skip
_EXACT = frozenset({
    _ARRAY,
    ("collections", "OrderedDict"), ("collections", "defaultdict"),
    ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"), ("_codecs", "encode"),
    *(("numpy", name) for name in (
        "dtype", "ndarray", "bool_", "float64", "float32", "int64", "int32", "str_",
    )),
    *((f"numpy.{core}.multiarray", name)
      for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    *(("numpy.random._pickle", f"__{name}_ctor") for name in ("randomstate", "generator", "bit_generator")),
    *(("numpy.random.bit_generator", name) for name in ("SeedSequence", "__pyx_unpickle_SeedSequence")),
    *((f"sklearn.{module}", "newObj") for module in (
        "metrics._dist_metrics", "neighbors._kd_tree", "neighbors._ball_tree",
    )),
    ("numpy.random._mt19937", "MT19937"), ("numpy.random._pcg64", "PCG64"),
    ("numpy.random.mtrand", "RandomState"), ("numpy.random._generator", "Generator"),
})  # fmt: skip


def scan(path: Path, trusted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return every name that a pickle or joblib file imports; refuse it if one of them is not harmless.

    Parameters
    ----------
    trusted
        Names beyond those of the list that a person has vouched for.

    Raises
    ------
    ModelRefused
        A name could do harm, or the file is no whole pickle.
    """
    return scan_bytes(unpacked(path), trusted)


def scan_bytes(data: bytes, trusted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Do the same for what a file holds once it is unpacked.

    Examples
    --------
    >>> import datetime, pickle
    >>> scan_bytes(pickle.dumps({"a": [1.0, {2}]}))
    ()
    >>> scan_bytes(pickle.dumps(datetime.date(2026, 1, 1)))
    Traceback (most recent call last):
    penstock.training.imported.refusal.ModelRefused: The pickle would run what no model needs.
      found: datetime.date
      expected: classes of scikit-learn and NumPy
      what to do: Save the model with skops. If you know what these are and trust them: --trust NAME.
    """
    stage = _Stage(data)
    try:
        stage.load()
    except ModelRefused:
        raise
    except Exception as error:
        raise ModelRefused(
            "The file is no whole pickle.",
            found=f"{type(error).__name__}: {error}"[:200],
            action="Copy the file again, or write the model anew.",
        ) from error
    wrong = sorted(f"{module}.{name}" for module, name in stage.names if not harmless(module, name, trusted))
    if wrong:
        raise ModelRefused(
            "The pickle would run what no model needs.",
            found=", ".join(wrong),
            expected="classes of scikit-learn and NumPy",
            action="Save the model with skops. If you know what these are and trust them: --trust NAME.",
        )
    return tuple(sorted(f"{module}.{name}" for module, name in stage.names))


def harmless(module: str, name: str, trusted: tuple[str, ...] = ()) -> bool:
    """Say whether a model may import a name.

    Examples
    --------
    >>> harmless("sklearn.linear_model._logistic", "LogisticRegression"), harmless("builtins", "eval")
    (True, False)
    >>> harmless("sklearn.base", "os.system"), harmless("ours.steps", "Scaler", ("ours.steps.Scaler",))
    (False, True)
    """
    if f"{module}.{name}" in trusted or (module, name) in _EXACT:
        return True
    if module in ("builtins", "__builtin__"):
        return name in _BUILTINS
    return bool(_LIBRARY.match(module) and _CLASS.match(name))


def read(path: Path, trusted: tuple[str, ...] = ()) -> Any:
    """Load a pickle that :func:`scan` has let through, importing only what is harmless.

    To be called in a job without network, and nowhere else.
    """
    from joblib.numpy_pickle import NumpyUnpickler

    class Reader(NumpyUnpickler):  # type: ignore[misc]
        """Imports by the list."""

        def find_class(self, module: str, name: str) -> Any:
            if not harmless(module, name, trusted):
                raise ModelRefused("The pickle would run what no model needs.", found=f"{module}.{name}")
            found = super().find_class(module, name)
            home = str(getattr(found, "__module__", ""))
            if module.startswith("sklearn") and not home.startswith("sklearn"):
                raise ModelRefused(
                    "The pickle would run what no model needs.", found=f"{home}.{name} as {module}.{name}"
                )
            return found

    return Reader(str(path), io.BytesIO(unpacked(path)), ensure_native_byte_order=True).load()


def unpacked(path: Path) -> bytes:
    """Return what a file holds, decompressed as joblib compresses."""
    data = path.read_bytes()
    try:
        if data.startswith(_ZLIB):
            return _bounded(zlib.decompressobj().decompress(data, _MOST_BYTES + 1))
        for magic, module in _PACKED.items():
            if data.startswith(magic):
                with module.open(io.BytesIO(data)) as file:
                    return _bounded(file.read(_MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ModelRefused("The file cannot be unpacked.", found=str(error), where=path.name) from error
    return data


def _bounded(data: bytes) -> bytes:
    """Refuse a file that unpacks to more than any model."""
    if len(data) > _MOST_BYTES:
        raise ModelRefused(
            "The file unpacks to more than a model may have.", expected=f"{_MOST_BYTES:,} bytes"
        )
    return data


class _Made:
    """Stands for whatever a pickle makes; takes everything and does nothing."""

    told: dict[str, Any]

    def __new__(cls, *_: Any, **__: Any) -> _Made:
        return object.__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        self.told = {}

    def __call__(self, *_: Any, **__: Any) -> _Made:
        return _Made()

    def __setstate__(self, state: Any) -> None:
        self.told = state if isinstance(state, dict) else {}

    def __setitem__(self, *_: Any) -> None:
        """Take an item."""

    def append(self, *_: Any) -> None:
        """Take an item."""

    extend = add = append

    def __hash__(self) -> int:
        return id(self)


class _Dtype(_Made):
    """Stands for a type of NumPy, of which the size of an element must be known."""

    def __init__(self, name: Any = "O", *_: Any, **__: Any) -> None:
        super().__init__()
        self.code = str(name)

    @property
    def size(self) -> int:
        """Bytes of an element; 0 of one that is pickled itself."""
        found = re.fullmatch(r"[|<>=]?([bBiufcSUVmM])(\d+)", self.code)
        if found is None and self.code not in ("O", "O8", "|O"):
            raise ModelRefused("The pickle holds an array of a kind that no model has.", found=self.code)
        return 0 if found is None else int(found[2]) * (4 if found[1] == "U" else 1)


class _Array(_Made):
    """Stands for joblib's wrapper of an array, whose bytes follow it."""


class _Stage(pickle._Unpickler):
    """Runs a pickle with stand-ins, and notes the names that it asks for."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        super().__init__(self.file)
        self.names: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        """Note a name and give a stand-in for it."""
        self.names.add((module, name))
        if (module, name) == ("numpy", "dtype"):
            return _Dtype
        base = _Array if (module, name) == _ARRAY else _Made
        return type("Made", (base,), {})

    def persistent_load(self, pid: Any) -> Any:
        """Refuse what lies outside of the file."""
        raise ModelRefused("The pickle refers to something outside of it.", found=str(pid)[:100])

    def get_extension(self, code: int) -> None:
        """Refuse names that are numbers of a registry."""
        raise ModelRefused("The pickle names a class by number.", found=str(code))

    def load_build(self) -> None:
        """Give a stand-in its state; behind an array of joblib's, skip the bytes."""
        super().load_build()  # type: ignore[misc]
        made = self.stack[-1]  # type: ignore[attr-defined]
        if isinstance(made, _Array):
            self._skip(made.told)

    dispatch[pickle.BUILD[0]] = load_build

    def _skip(self, told: dict[str, Any]) -> None:
        """Skip an array's bytes, or run the pickle that holds its objects."""
        dtype = told.get("dtype")
        size = dtype.size if isinstance(dtype, _Dtype) else 0
        if not size:
            start = self.file.tell()
            nested = _Stage(self.file.read())
            nested.load()
            self.names |= nested.names
            self.file.seek(start + nested.file.tell())
            return
        if told.get("numpy_array_alignment_bytes") is not None:
            self.file.seek(self.file.read(1)[0], io.SEEK_CUR)
        self.file.seek(size * math.prod(told.get("shape", ())), io.SEEK_CUR)
