"""Each detector takes what it should, and not what is one digit off."""

from __future__ import annotations

import pytest

from penstock.catalog.classification import detectors
from penstock.catalog.classification.registry import detector

VALID = {
    "au_tfn": ("123 456 782", "876543210"),
    "be_national_number": ("85.07.30-033.28", "17073003384"),
    "br_cnpj": ("16.727.230/0001-97", "12.ABC.345/01DE-35"),
    "br_cpf": ("390.533.447-05", "39053344705"),
    "ca_sin": ("123-456-782",),
    "card_number": ("4111 1111 1111 1111", "5555555555554444",
        "378282246310005", "6011111111111117", "3530111333300000"),
    "ch_ahv": ("756.9217.0769.85",),
    "cn_resident_id": ("11010519491231002X", "360426199101010071"),
    "cz_birth_number": ("710319/2745", "8160080610"),
    "de_pension_number": ("15 070649 C 103", "65170839J003"),
    "de_tax_id": ("36 574 261 809", "86095742719"),
    "es_dni": ("54362315-K", "X-2482300W", "12345678Z"),
    "fi_hetu": ("131052-308T", "131052A308T"),
    "fr_nir": ("2 95 10 99 126 111 93", "253072B07300470"),
    "iban": ("GB82 WEST 1234 5698 7654 32", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"),
    "imei": ("35-209900-176148-1", "490154203237518"),
    "in_aadhaar": ("2341 2341 2346",),
    "it_codice_fiscale": ("RCCMNL83S18D969H", "MRTMTT91D08F205J"),
    "kr_rrn": ("971013-9019902",),
    "mx_curp": ("BOXW310820HNERXN09",),
    "nl_bsn": ("1112.22.333", "123456782"),
    "no_fodselsnummer": ("151086 95088",),
    "pl_pesel": ("44051401359",),
    "pt_nif": ("501 964 843",),
    "ro_cnp": ("1630615123457",),
    "se_personnummer": ("880320-0016", "198803200016"),
    "tr_kimlik": ("17291716060",),
    "uk_nhs_number": ("943-476-5870",),
    "uk_nino": ("AB 12 34 56 C",),
    "us_itin": ("912-90-3456",),
    "us_ssn": ("536-90-4399",),
    "za_id": ("750330 5044089", "7503305044089"),
}  # fmt: skip
CHECKED = sorted(set(VALID) - {"us_ssn", "us_itin", "uk_nino", "kr_rrn"})


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in VALID.items() for value in values]
)
def test_published_examples_are_taken(kind: str, value: str) -> None:
    assert detector(kind).accepts(value)


@pytest.mark.parametrize("kind", CHECKED)
def test_at_most_two_of_ten_last_characters_are_taken(kind: str) -> None:
    value = VALID[kind][0]
    last = "ABCDEFGHIJ" if value[-1].isalpha() and kind != "cn_resident_id" else "0123456789"
    others = [value[:-1] + one for one in last if one != value[-1]]
    assert sum(detector(kind).accepts(other) for other in others) <= 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("us_ssn", "666-12-3456"), ("us_ssn", "123-00-4567"), ("us_ssn", "078-05-1120"),
        ("uk_nino", "BG123456A"),
        ("uk_nino", "QQ123456C"), ("email", "a@b"), ("email", "see me @ home.example"),
        ("ip_address", "1.2.3"),
        ("ip_address", "256.1.1.1"), ("ip_address", "10:30:00"), ("iban", "DE00370400440532013000"),
        ("mac_address", "00:11:22:33:44"), ("card_number", "0000000000000000"), ("phone", "2024-01-31"),
        ("phone", "1111111111"), ("birth_date", "2024-13-45"), ("postal_address", "ann@example.org"),
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_not_taken(kind: str, value: str) -> None:
    assert not detector(kind).accepts(value)


def test_each_detector_says_what_it_is_and_stands_under_its_name() -> None:
    assert len(detectors()) >= 60
    for kind, one in detectors().items():
        assert (one.kind, bool(one.meaning), bool(one.names)) == (kind, True, True)
        assert one.kind == kind
        assert all(phrase == phrase.lower().strip() for phrase in (*one.names, *one.hints))
        assert one.sensitivity == "personal" or one.protect == "drop"
