"""The keyed hash (HMAC-SHA256, RFC 2104) in SQL; the key is a variable of the engine, in no statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BLOCK = 64
_SHORTEST = 16


def install_key(connection: DuckDBPyConnection, key: bytes) -> None:
    """Give the engine the two padded keys of HMAC, so that the key is in no statement.

    Raises
    ------
    ValueError
        The key is shorter than 16 bytes: hashes of e-mail addresses could be undone by trying all keys.

    Examples
    --------
    >>> import duckdb
    >>> connection = duckdb.connect()
    >>> install_key(connection, b"a key of at least sixteen bytes")
    >>> connection.execute("SELECT " + keyed("'ann@example.org'")).fetchall()[0][0][:16]
    '7097957545c96161'
    """
    import hashlib

    if len(key) < _SHORTEST:
        raise ValueError("the hash key must have at least 16 bytes")
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    for name, mask in (("hash_inner", 0x36), ("hash_outer", 0x5C)):
        connection.execute(f"SET VARIABLE {name} = $1::BLOB", [bytes(byte ^ mask for byte in block)])


def keyed(text: str) -> str:
    """Return SQL of the HMAC-SHA256 of a text expression, as 64 hexadecimal digits; null stays null."""
    inner = f"unhex(sha256(getvariable('hash_inner') || encode({text})))"
    return f"sha256(getvariable('hash_outer') || {inner})"
