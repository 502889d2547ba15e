"""Check digits of card and account numbers, as SQL that any engine computes."""

from __future__ import annotations

_CARD_DIGITS, _IBAN_CHARACTERS = 19, 34


def luhn(text: str) -> str:
    """Return SQL that holds for card numbers: 13 to 19 digits whose check digit is right (ISO/IEC 7812-1).

    Examples
    --------
    >>> import duckdb
    >>> numbers = "(VALUES ('4111 1111 1111 1111'), ('4111 1111 1111 1112'), ('x')) AS t(c)"
    >>> duckdb.sql(f"SELECT {luhn('c')} FROM {numbers}").fetchall()
    [(True,), (False,), (False,)]
    """
    plain = f"replace(replace({text}, ' ', ''), '-', '')"
    padded = f"lpad({plain}, {_CARD_DIGITS}, '0')"
    digits = []
    for place in range(_CARD_DIGITS):
        digit = f"CAST(substr({padded}, {_CARD_DIGITS - place}, 1) AS INTEGER)"
        digits.append(f"({digit} * 2 - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END)" if place % 2 else digit)
    return (
        f"(CASE WHEN regexp_full_match({text}, '[0-9]([ -]?[0-9]){{12,18}}') "
        f"THEN ({' + '.join(digits)}) % 10 = 0 WHEN {text} IS NOT NULL THEN FALSE END)"
    )


def iban(text: str) -> str:
    """Return SQL that holds for international bank account numbers: the remainder by 97 is 1 (ISO 13616).

    Examples
    --------
    >>> import duckdb
    >>> accounts = "(VALUES ('DE89 3704 0044 0532 0130 00'), ('DE88370400440532013000')) AS t(c)"
    >>> duckdb.sql(f"SELECT {iban('c')} FROM {accounts}").fetchall()
    [(True,), (False,)]
    """
    plain = f"upper(replace({text}, ' ', ''))"
    turned = f"lpad(substr({plain}, 5) || left({plain}, 4), {_IBAN_CHARACTERS}, '0')"
    rest = "0"
    for place in range(1, _IBAN_CHARACTERS + 1):
        value = f"(strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substr({turned}, {place}, 1)) - 1)"
        rest = f"(({rest} * CASE WHEN {value} > 9 THEN 100 ELSE 10 END + {value}) % 97)"
    return (
        f"(CASE WHEN regexp_full_match({plain}, '[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}}') "
        f"THEN {rest} = 1 WHEN {text} IS NOT NULL THEN FALSE END)"
    )
