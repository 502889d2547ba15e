"""Protecting personal columns on their way to the curated data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BLOCK = 64


def install_key(connection: DuckDBPyConnection, key: bytes) -> None:
    """Give the engine the two padded keys of HMAC (RFC 2104), so that the key is in no statement.

    Raises
    ------
    ValueError
        The key is shorter than 16 bytes: hashes of e-mail addresses could be undone by trying all keys.
    """
    import hashlib

    if len(key) < 16:  # noqa: PLR2004
        raise ValueError("the hash key must have at least 16 bytes")
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    for name, mask in (("hash_inner", 0x36), ("hash_outer", 0x5C)):
        connection.execute(f"SET VARIABLE {name} = $1::BLOB", [bytes(byte ^ mask for byte in block)])


def hashed(text: str) -> str:
    """Return SQL of the HMAC-SHA256 of a text expression, as 64 hexadecimal digits; null stays null."""
    inner = f"unhex(sha256(getvariable('hash_inner') || encode({text})))"
    return f"sha256(getvariable('hash_outer') || {inner})"
