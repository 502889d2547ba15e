"""Encodings: any text becomes UTF-8, and what is no text of the encoding stays recognisable as such.

A byte that cannot be decoded is carried as a lone surrogate (PEP 383), which no valid text has and which is
no valid UTF-8, so that whoever reads the lines later finds it where it stands.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import cache

_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LIKELY = re.compile(rb"[\xc2-\xc5\xce-\xd1][\x80-\xbf]|[\xe0-\xf4][\x80-\xbf]{2}")
"""Latin, Greek, Cyrillic and what takes three bytes: hardly ever meant as two or three characters."""
_SEVERAL = 3
"""So many other pairs of bytes are no chance either; one may be, such as the ``ß€`` of cp1252."""
_CARRIED = re.compile("[\udc00-\udcff]+")
_LOW = 0xDC00


def is_utf8(encoding: str) -> bool:
    """Tell whether text in an encoding can be read as it is.

    Examples
    --------
    >>> is_utf8("UTF8"), is_utf8("cp1252")
    (True, False)
    """
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def to_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    r"""Turn a stream of text into UTF-8, whatever it holds.

    Parameters
    ----------
    blocks
        The text, cut anywhere.
    encoding
        A text encoding that Python knows. A byte order mark is dropped.

    Examples
    --------
    >>> b"".join(to_utf8([b"gr\xfc", b"n\n"], "cp1252")).decode()
    'grün\n'
    >>> fault_of(b"".join(to_utf8([b"1,\x81\n"], "cp1252")), "cp1252")
    'byte 0x81 after 2 characters is not cp1252'
    >>> fault_of(b"".join(to_utf8([b"1,\xc3\xbc\n"], "cp1252")), "cp1252")
    'byte 0xc3 after 2 characters is UTF-8, not cp1252'
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="penstock.carry")
    source = _suspicious_marked(blocks, encoding) if _is_one_byte(encoding) else ((b, False) for b in blocks)
    start = True
    for block, carried in source:
        text = block.decode("ascii", errors="surrogateescape") if carried else decoder.decode(block)
        text = text.removeprefix("\ufeff") if start and text else text
        start = start and not text
        yield text.encode("utf-8", errors="surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="surrogatepass")


def fault_of(line: bytes, encoding: str) -> str:
    r"""Say what is no text in a line of UTF-8, or nothing.

    Parameters
    ----------
    line
        A line as :func:`to_utf8` makes it, or as it arrived if that was UTF-8.
    encoding
        What the contract says that it was.

    Examples
    --------
    >>> fault_of(b"a\xfc", "utf-8")
    'byte 0xfc at byte 1 of the line is not UTF-8'
    """
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        if is_utf8(encoding):
            return f"byte 0x{line[error.start]:02x} at byte {error.start} of the line is not UTF-8"
        return _carried_fault(line, error, encoding)
    return ""


def shown(line: bytes, encoding: str) -> str:
    r"""Return a line for people: bytes that are no text, and NUL, as ``\xfc``."""
    if is_utf8(encoding):
        text = line.decode("utf-8", errors="backslashreplace")
    else:
        text = _CARRIED.sub(_escapes, _text(line))
    return text.replace("\0", "\\x00")


def _carried_fault(line: bytes, error: UnicodeDecodeError, encoding: str) -> str:
    """Name the first byte that is no text of the encoding."""
    first = _CARRIED.search(_text(line))
    carried = bytes(ord(character) - _LOW for character in first[0]) if first else line[error.start :][:1]
    kind = "is UTF-8, not" if _is_one_byte(encoding) and _UTF8.match(carried) else "is not"
    before = first.start() if first else error.start
    return f"byte 0x{carried[0]:02x} after {before} characters {kind} {encoding}"


def _text(line: bytes) -> str:
    """Decode a line with carried bytes; a cut end does not matter."""
    return (
        line.decode("utf-8", errors="surrogatepass")
        if _whole(line)
        else line.decode("utf-8", errors="replace")
    )


def _whole(line: bytes) -> bool:
    """Tell whether a line can be decoded with its carried bytes."""
    try:
        line.decode("utf-8", errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _escapes(found: re.Match[str]) -> str:
    """Write carried bytes as escapes."""
    return "".join(f"\\x{ord(character) - _LOW:02x}" for character in found[0])


@cache
def _is_one_byte(encoding: str) -> bool:
    """Tell whether every byte is one character, the first 128 as in ASCII."""
    try:
        same = bytes(range(128)).decode(encoding) == bytes(range(128)).decode("ascii")
        return same and all(len(bytes([byte]).decode(encoding, errors="replace")) == 1 for byte in range(256))
    except (UnicodeError, LookupError):
        return False


def _suspicious_marked(blocks: Iterable[bytes], encoding: str) -> Iterator[tuple[bytes, bool]]:
    """Yield whole lines; True with those that are UTF-8, which every encoding of one byte would misread."""
    rest = b""
    for block in blocks:
        body, newline, rest = (rest + block).rpartition(b"\n")
        yield from _marked(body + newline)
        if len(rest) > 1 << 27:
            yield rest, False
            rest = b""
    yield from _marked(rest)


def _marked(body: bytes) -> Iterator[tuple[bytes, bool]]:
    """Cut lines that are UTF-8 and not ASCII out of a body; nearly always there are none."""
    if body.isascii() or not _UTF8.search(body):
        yield body, False
        return
    for line in body.splitlines(keepends=True):
        yield line, _is_utf8_not_ascii(line)


def _is_utf8_not_ascii(line: bytes) -> bool:
    """Tell whether a line has other characters than ASCII and all are, beyond chance, UTF-8."""
    if line.isascii():
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(_LIKELY.search(line)) or len(_UTF8.findall(line)) >= _SEVERAL


def _carry(error: UnicodeError) -> tuple[str, int]:
    """Stand for undecodable bytes by lone surrogates (as PEP 383, but for every byte)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_LOW + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("penstock.carry", _carry)
