"""Currencies: ISO 4217 codes with the signs and names that people write."""

# ruff: noqa: E501 - a table

from __future__ import annotations

from functools import cache

from penstock.quality.codes.folding import folded

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""

_NAMES = {
    "EUR": "euro euros", "USD": "us-dollar us-dollars dollar-us", "GBP": "pound-sterling sterling british-pound quid",
    "JPY": "yen japanese-yen", "CHF": "swiss-franc swiss-francs sfr schweizer-franken", "CNY": "yuan renminbi rmb",
    "INR": "rupee rupees indian-rupee rs", "RUB": "rouble ruble rubles", "PLN": "zloty zlotys",
    "CZK": "czech-koruna koruna", "SEK": "swedish-krona", "NOK": "norwegian-krone", "DKK": "danish-krone",
    "HUF": "forint", "RON": "leu lei", "BGN": "lev", "TRY": "lira turkish-lira", "ILS": "shekel new-shekel nis",
    "KRW": "won", "THB": "baht", "VND": "dong", "BRL": "real reais", "MXN": "mexican-peso", "ZAR": "rand",
    "UAH": "hryvnia", "AUD": "australian-dollar", "CAD": "canadian-dollar", "NZD": "new-zealand-dollar",
    "HKD": "hong-kong-dollar", "SGD": "singapore-dollar", "AED": "dirham", "SAR": "riyal", "PHP": "philippine-peso",
    "NGN": "naira", "KES": "kenyan-shilling", "EGP": "egyptian-pound", "IDR": "rupiah", "MYR": "ringgit",
}  # fmt: skip

SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₫": "VND", "₺": "TRY", "₴": "UAH",
    "₦": "NGN", "฿": "THB", "₱": "PHP", "₸": "KZT", "₾": "GEL", "R$": "BRL", "US$": "USD", "A$": "AUD",
    "C$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "Kč": "CZK", "zł": "PLN", "Ft": "HUF",
}  # fmt: skip
"""Signs of one currency; $ and ¥ and kr belong to several."""


@cache
def currencies() -> dict[str, str]:
    """Return the code of every code and name, folded."""
    found = {code.lower(): code for code in _CODES.split()}
    for code, names in _NAMES.items():
        found |= {folded(name): code for name in names.split()}
    return found
