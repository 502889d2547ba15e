"""Units of measurement: what each is in the first unit of its dimension."""

from __future__ import annotations

UNITS: dict[str, dict[str, float]] = {
    "mass": {
        "kg": 1.0, "g": 1e-3, "mg": 1e-6, "t": 1e3, "lb": 0.45359237, "lbs": 0.45359237, "oz": 0.028349523125,
        "st": 6.35029318, "kilogram": 1.0, "kilograms": 1.0, "gram": 1e-3, "grams": 1e-3, "tonne": 1e3,
        "pound": 0.45359237, "pounds": 0.45359237, "ounce": 0.028349523125, "ounces": 0.028349523125,
    },
    "length": {
        "m": 1.0, "km": 1e3, "cm": 1e-2, "mm": 1e-3, "mi": 1609.344, "mile": 1609.344, "miles": 1609.344,
        "yd": 0.9144, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "in": 0.0254, "inch": 0.0254,
        "inches": 0.0254, "nmi": 1852.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
    },
    "area": {"m2": 1.0, "m²": 1.0, "km2": 1e6, "km²": 1e6, "ha": 1e4, "a": 100.0, "acre": 4046.8564224,
             "acres": 4046.8564224, "ft2": 0.09290304, "sqft": 0.09290304},
    "volume": {"l": 1.0, "ml": 1e-3, "cl": 1e-2, "hl": 100.0, "m3": 1e3, "m³": 1e3, "gal": 3.785411784,
               "gallon": 3.785411784, "gallons": 3.785411784, "pt": 0.473176473, "qt": 0.946352946,
               "litre": 1.0, "liter": 1.0, "litres": 1.0, "liters": 1.0},
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0, "sec": 1.0, "second": 1.0,
             "seconds": 1.0, "minute": 60.0, "minutes": 60.0, "hr": 3600.0, "hour": 3600.0, "hours": 3600.0,
             "day": 86400.0, "days": 86400.0, "week": 604800.0, "weeks": 604800.0},
    "speed": {"m/s": 1.0, "km/h": 1 / 3.6, "kmh": 1 / 3.6, "mph": 0.44704, "kn": 1852 / 3600},
    "data": {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024.0, "mib": 1048576.0,
             "gib": 1073741824.0, "tib": 1099511627776.0},
    "energy": {"j": 1.0, "kj": 1e3, "mj": 1e6, "wh": 3600.0, "kwh": 3.6e6, "mwh": 3.6e9, "cal": 4.184,
               "kcal": 4184.0},
    "pressure": {"pa": 1.0, "hpa": 100.0, "kpa": 1e3, "bar": 1e5, "mbar": 100.0, "psi": 6894.757293168},
    "euro": {"eur": 1.0, "€": 1.0, "euro": 1.0, "euros": 1.0, "ct": 0.01, "cent": 0.01, "cents": 0.01},
}  # fmt: skip
"""Written in lower case; pt is the American liquid pint, gal the American gallon, mj and mwh are mega."""


def factors(unit: str) -> dict[str, float]:
    """Return by how much to multiply a value of each unit to have it in the given one.

    Raises
    ------
    ValueError
        No table has the unit.

    Examples
    --------
    >>> factors("g")["kg"], factors("km")["mi"]
    (1000.0, 1.609344)
    """
    for table in UNITS.values():
        if unit.lower() in table:
            return {name: value / table[unit.lower()] for name, value in table.items()}
    known = ", ".join(name for table in UNITS.values() for name in table)
    raise ValueError(f"there is no unit {unit!r}; declare units of your own, or use one of {known}")
