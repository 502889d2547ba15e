"""The plain file: unpacked, and text in UTF-8."""

from __future__ import annotations

from pathlib import Path

from penstock.onboarding.formats.compression import compression_of, unpacked
from penstock.onboarding.formats.encoding import is_utf8, to_utf8
from penstock.specs import ContractFormat


def plain(file: Path, style: ContractFormat, folder: Path) -> Path:
    """Return the file itself if it is plain, otherwise a plain copy of the same name in a folder.

    Parameters
    ----------
    file
        What landed.
    style
        Its compression and, if it is text, its encoding.
    folder
        For the copy, which is written as a stream.

    Raises
    ------
    UnreadableFile
        It is not compressed as declared, is damaged, or grows too much.

    Examples
    --------
    >>> import gzip, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_bytes(gzip.compress("id,München".encode("cp1252")))
    >>> plain(folder / "a.csv", ContractFormat(encoding="cp1252"), folder / "engine").read_text("utf-8")
    'id,München'
    """
    compression = compression_of(file, style.compression)
    transcoded = style.kind != "parquet" and not is_utf8(style.encoding)
    if compression == "none" and not transcoded:
        return file
    copy = folder / "plain" / file.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    blocks = unpacked(file, compression, folder=copy.parent)
    with copy.open("wb") as out:
        out.writelines(to_utf8(blocks, style.encoding) if transcoded else blocks)
    return copy
