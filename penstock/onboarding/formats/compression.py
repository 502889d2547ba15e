"""Compressed files: recognised by their first bytes, unpacked as a stream, bombs refused."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from penstock.errors import UnreadableFile

BLOCK = 4 << 20
RATIO = 300
"""How many times a file may grow; text of real data grows 5 to 50 times."""
FREE = 64 << 20
"""Bytes up to which the ratio does not matter."""
RESERVE = 256 << 20
"""Bytes of the disk that stay free."""
_WINDOW = 256 << 20
"""Memory that a decoder may ask for."""

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def compression_of(file: Path, declared: str) -> str:
    r"""Return how a file is compressed: ``none``, ``gzip``, ``bzip2``, ``xz`` or ``zstd``.

    Parameters
    ----------
    file
        What landed, whatever its name.
    declared
        What the contract says; ``auto`` and ``none`` are never wrong.

    Raises
    ------
    UnreadableFile
        The contract names a compression and the file has not that one.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_bytes(gzip.compress(b"id\n1"))
    >>> compression_of(file, "auto"), compression_of(file, "none")
    ('gzip', 'none')
    """
    with file.open("rb") as stream:
        start = stream.read(8)
    found = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "none")
    if declared == "none":
        return "none"
    if declared not in {"auto", found} and start:
        raise UnreadableFile(
            f"The file is not compressed with {declared}.",
            found=found if found != "none" else f"the first bytes {start.hex(' ')}",
            expected=declared,
            where=file.name,
            action="Compress it so, or set format.compression to auto in the contract.",
        )
    return found


def unpacked(file: Path, compression: str, *, folder: Path) -> Iterator[bytes]:
    """Yield a file's content in blocks.

    Parameters
    ----------
    file, compression
        The file, and how it is compressed (see :func:`compression_of`).
    folder
        Where the caller writes the content: its disk must keep some room.

    Raises
    ------
    UnreadableFile
        The file is damaged or cut off, grows more than 300 times, or more than the disk can take.
    """
    size = file.stat().st_size
    written = checked = 0
    with file.open("rb") as stream:
        blocks = _blocks(stream, compression, file.name)
        while (block := _next(blocks, compression, file.name)) is not None:
            written += len(block)
            if written > FREE and written > RATIO * size:
                raise _bomb(
                    file, f"more than {written:,} bytes from {size:,}", f"at most {RATIO} times as much"
                )
            if written - checked >= RESERVE // 4 or not checked:
                checked = written
                _refuse_without_room(file, folder)
            yield block


def _refuse_without_room(file: Path, folder: Path) -> None:
    """Refuse to fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < RESERVE:
        raise _bomb(file, f"{free:,} bytes are left on the disk", f"{RESERVE:,} bytes left free")


def _bomb(file: Path, found: str, expected: str) -> UnreadableFile:
    """Make the error of a file that grows too much."""
    return UnreadableFile(
        "The file grows too much when it is unpacked.",
        found=found,
        expected=expected,
        where=file.name,
        action="If this is right, upload it in several files, or not compressed.",
    )


def _next(blocks: Iterator[bytes], compression: str, where: str) -> bytes | None:
    """Return the next block, None at the end; damage becomes an error of ours."""
    try:
        return next(blocks, None)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise UnreadableFile(
            f"The {compression} file is damaged or cut off.",
            found=str(error) or type(error).__name__,
            where=where,
            action="Compress and upload it again.",
        ) from error


def _blocks(stream: BinaryIO, compression: str, where: str) -> Iterator[bytes]:
    """Choose the decoder."""
    if compression == "none":
        return iter(lambda: stream.read(BLOCK), b"")
    if compression == "gzip":
        unzipped = gzip.GzipFile(fileobj=stream, mode="rb")
        return iter(lambda: unzipped.read(BLOCK), b"")
    if compression == "zstd":
        return _zstd(stream, where)
    decoders: dict[str, Callable[[], Any]] = {
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(memlimit=_WINDOW),
    }
    return _decoded(stream, decoders[compression])


def _decoded(stream: BinaryIO, decoder_of: Callable[[], Any]) -> Iterator[bytes]:
    """Yield what decoders make of a file of one or more streams, in blocks of bounded size."""
    decoder, data = decoder_of(), stream.read(BLOCK)
    while True:
        if block := decoder.decompress(data, max_length=BLOCK):
            yield block
        data = b""
        if decoder.eof:
            data = (decoder.unused_data or stream.read(BLOCK)).lstrip(b"\0") or stream.read(BLOCK)
            if not data:
                return
            decoder = decoder_of()
        elif decoder.needs_input and not (data := stream.read(BLOCK)):
            raise EOFError("the file ends before its last stream does")


def _zstd(stream: BinaryIO, where: str) -> Iterator[bytes]:
    """Read Zstandard with Python from 3.14 on, else with pyarrow, which jobs have and functions not."""
    try:
        return _decoded(stream, importlib.import_module("compression.zstd").ZstdDecompressor)
    except ImportError:
        pass
    try:
        arrow = importlib.import_module("pyarrow")
    except ImportError as error:
        raise UnreadableFile(
            "Zstandard cannot be unpacked here.",
            expected="a processing job, which has pyarrow",
            where=where,
            action="Name the file *.zst or set format.compression to zstd, so that a job reads it.",
        ) from error
    unzipped = arrow.CompressedInputStream(arrow.PythonFile(stream, mode="r"), "zstd")
    return iter(lambda: unzipped.read(BLOCK), b"")
