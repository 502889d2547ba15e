"""How values of the labelled sample are invented: numbers with their check digits, notes, choices."""

# ruff: noqa: E501

from __future__ import annotations

import random
from collections.abc import Callable

from faker import Faker
from stdnum import verhoeff

VALUES = 36
R = random.Random(20261121)


def fake(locale: str) -> Faker:
    return Faker(locale)


def many(make: Callable[[], object], *, distinct: bool = True, count: int = VALUES) -> list[str]:
    found = [str(make()).replace("\n", ", ") for _ in range(count)]
    return list(dict.fromkeys(found)) if distinct else found


def digits(count: int) -> str:
    return "".join(R.choice("0123456789") for _ in range(count))


def luhn(body: str) -> str:
    total = sum(
        sum(divmod(2 * int(x), 10)) if place % 2 == 0 else int(x) for place, x in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def aadhaar(_: Faker) -> str:
    body = R.choice("23456789") + digits(10)
    return body + verhoeff.calc_check_digit(body)


def nino(_: Faker) -> str:
    first, second = R.choice("ABCEGHJKLMNOPRSTWXYZ"), R.choice("ABCEGHJKLMPRSTWXY")
    return f"{first if first not in 'BGKNTZ' else 'A'}{second} {digits(2)} {digits(2)} {digits(2)} {R.choice('ABCD')}"


def grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def pension(_: Faker) -> str:
    body = f"{R.randint(2, 89):02d}{R.randint(1, 28):02d}{R.randint(1, 12):02d}{R.randint(30, 99):02d}"
    letter, serial = R.choice("ABCDEFGHJKLMNPRSTUVWZ"), f"{R.randint(0, 99):02d}"
    row = body + f"{ord(letter) - 64:02d}" + serial
    total = sum(
        sum(divmod(int(x) * w, 10)) for x, w in zip(row, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return f"{body}{letter}{serial}{total % 10}"


def tax_id(_: Faker) -> str:
    while True:
        numbers = R.sample("0123456789", 9)
        body = [*numbers, R.choice(numbers)]
        R.shuffle(body)
        if body[0] == "0":
            continue
        product = 10
        for digit in body:
            product = (((int(digit) + product) % 10 or 10) * 2) % 11
        return "".join(body) + str((11 - product) % 10)


def nhs(_: Faker) -> str:
    while True:
        body = digits(9)
        check = 11 - sum(int(x) * w for x, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return body + str(check % 11)


def pick(*options: str) -> Callable[[Faker], str]:
    return lambda _: R.choice(options)


def note(share: float, make: Callable[[Faker], str]) -> Callable[[Faker], str]:
    return lambda f: (
        f"{f.sentence(nb_words=6)} {make(f)} {f.sentence(nb_words=3)}"
        if R.random() < share
        else f.sentence(nb_words=9)
    )
