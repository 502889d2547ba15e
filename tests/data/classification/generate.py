"""Make the labelled sample: ``pip install faker==40.54.0 python-stdnum==2.2``, then ``python generate.py > columns.json``.

All values are invented by Faker or by the functions below; none belongs to a person but by accident. A few of
Faker's providers do not follow the seed, so another run differs in some values.

The half ``tuning`` may be
looked at when a detector is changed, ``held_out`` has other seeds, languages and column names and is only for measuring.
"""

# ruff: noqa: E501

from __future__ import annotations

import hashlib
import json
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

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


Make = Callable[[Faker], object]
Row = tuple[str, str, str, Make]

PERSONAL_TUNING: list[Row] = [
    ("email", "email", "en_US", lambda f: f.email()),
    ("email", "E-Mail-Adresse", "de_DE", lambda f: f.email()),
    ("email", "correo_electronico", "es_ES", lambda f: f.email()),
    ("email", "col_17", "fr_FR", lambda f: f.company_email()),
    ("email", "login", "pl_PL", lambda f: f.free_email()),
    ("phone", "phone_number", "en_US", lambda f: f.phone_number()),
    ("phone", "Telefon", "de_DE", lambda f: f.phone_number()),
    ("phone", "tel_portable", "fr_FR", lambda f: f.phone_number()),
    ("phone", "msisdn", "sv_SE", lambda f: f.msisdn()),
    ("phone", "telefono_movil", "es_ES", lambda f: f.phone_number()),
    ("phone", "x3", "en_GB", lambda f: "+44 7" + digits(3) + " " + digits(6)),
    ("phone", "mobiel", "nl_NL", lambda f: f.phone_number()),
    ("given_name", "first_name", "en_US", lambda f: f.first_name()),
    ("given_name", "Vorname", "de_DE", lambda f: f.first_name()),
    ("given_name", "prenom", "fr_FR", lambda f: f.first_name()),
    ("given_name", "nombre", "es_ES", lambda f: f.first_name()),
    ("given_name", "field_2", "it_IT", lambda f: f.first_name()),
    ("family_name", "lastName", "en_GB", lambda f: f.last_name()),
    ("family_name", "NACHNAME", "de_DE", lambda f: f.last_name()),
    ("family_name", "apellidos", "es_ES", lambda f: f.last_name() + " " + f.last_name()),
    ("family_name", "col_b", "sv_SE", lambda f: f.last_name()),
    ("family_name", "nazwisko", "pl_PL", lambda f: f.last_name()),
    ("full_name", "customer_name", "en_US", lambda f: f.name()),
    ("full_name", "name", "de_DE", lambda f: f.name()),
    ("full_name", "Kontoinhaber", "de_AT", lambda f: f.name()),
    ("full_name", "titulaire", "fr_FR", lambda f: f.name()),
    ("full_name", "c4", "it_IT", lambda f: f.name()),
    ("full_name", "person", "pl_PL", lambda f: f.name()),
    ("postal_address", "address", "en_US", lambda f: f.address()),
    ("postal_address", "street_address", "en_GB", lambda f: f.street_address()),
    ("postal_address", "Anschrift", "de_DE", lambda f: f.address()),
    ("postal_address", "adresse", "fr_FR", lambda f: f.street_address()),
    ("postal_address", "field_9", "es_ES", lambda f: f.street_address()),
    ("postal_code", "zip", "en_US", lambda f: f.postcode()),
    ("postal_code", "plz", "de_DE", lambda f: f.postcode()),
    ("postal_code", "x_pc", "en_GB", lambda f: f.postcode()),
    ("us_ssn", "ssn", "en_US", lambda f: f.ssn()),
    ("us_ssn", "col_9", "en_US", lambda f: f.ssn()),
    ("us_ssn", "SocialSecurityNumber", "en_US", lambda f: int(f.ssn().replace("-", ""))),
    ("uk_nino", "ni_number", "en_GB", nino),
    ("uk_nhs_number", "nhs_no", "en_GB", nhs),
    ("de_tax_id", "steuer_id", "de_DE", tax_id),
    ("de_pension_number", "sv_nummer", "de_DE", pension),
    ("fr_nir", "nir", "fr_FR", lambda f: f.ssn()),
    ("es_dni", "dni", "es_ES", lambda f: f.nif()),
    ("it_codice_fiscale", "codice_fiscale", "it_IT", lambda f: f.ssn()),
    ("nl_bsn", "bsn", "nl_NL", lambda f: f.ssn()),
    ("se_personnummer", "personnummer", "sv_SE", lambda f: f.ssn()),
    ("pl_pesel", "PESEL", "pl_PL", lambda f: f.pesel()),
    ("be_national_number", "rijksregisternummer", "nl_BE", lambda f: f.ssn()),
    ("br_cpf", "cpf", "pt_BR", lambda f: f.cpf()),
    ("br_cnpj", "cnpj", "pt_BR", lambda f: f.cnpj()),
    ("in_aadhaar", "aadhaar_no", "en_IN", aadhaar),
    ("cn_resident_id", "id_card", "zh_CN", lambda f: f.ssn()),
    ("ch_ahv", "AHV_Nummer", "de_CH", lambda f: f.ssn()),
    ("fi_hetu", "hetu", "fi_FI", lambda f: f.ssn()),
    ("no_fodselsnummer", "fnr", "no_NO", lambda f: f.ssn()),
    ("card_number", "card_number", "en_US", lambda f: f.credit_card_number()),
    ("card_number", "pan", "en_US", lambda f: luhn("4" + digits(14))),
    ("card_number", "v12", "en_US", lambda f: luhn("5" + R.choice("12345") + digits(13))),
    ("iban", "iban", "de_DE", lambda f: f.iban()),
    ("iban", "account_number", "fr_FR", lambda f: f.iban()),
    ("iban", "bankkonto", "nl_NL", lambda f: grouped(f.iban())),
    ("bic", "swift_code", "en_US", lambda f: f.swift()),
    ("ip_address", "client_ip", "en_US", lambda f: f.ipv4()),
    ("ip_address", "src", "en_US", lambda f: f.ipv4_public()),
    ("ip_address", "addr6", "en_US", lambda f: f.ipv6()),
    ("mac_address", "mac", "en_US", lambda f: f.mac_address()),
    ("mac_address", "hw", "en_US", lambda f: f.mac_address().upper().replace(":", "-")),
    ("birth_date", "date_of_birth", "en_US", lambda f: f.date_of_birth()),
    ("birth_date", "Geburtsdatum", "de_DE", lambda f: f.date_of_birth().strftime("%d.%m.%Y")),
    ("birth_date", "fecha_nacimiento", "es_ES", lambda f: f.date_of_birth().strftime("%d/%m/%Y")),
    ("licence_plate", "kennzeichen", "de_DE", lambda f: f.license_plate()),
    ("licence_plate", "license_plate", "en_US", lambda f: f.license_plate()),
    ("age", "age", "en_US", lambda f: R.randint(18, 93)),
    ("gender", "gender", "en_US", pick("M", "F", "M", "F", "X")),
    ("gender", "Geschlecht", "de_DE", pick("männlich", "weiblich", "divers")),
    ("gender", "col_5", "en_US", pick("Male", "Female")),
    ("religion", "religion", "en_US", pick("Christian", "Muslim", "Hindu", "None", "Jewish")),
    ("religion", "Konfession", "de_DE", pick("ev", "rk", "--", "vd")),
    (
        "ethnicity",
        "ethnicity",
        "en_US",
        pick("White", "Black or African American", "Asian", "Hispanic or Latino", "Other"),
    ),
    (
        "health",
        "diagnosis",
        "en_US",
        pick("Type 2 diabetes", "Asthma", "Hypertension", "Migraine", "Healthy"),
    ),
    ("health", "icd10", "de_DE", pick("E11.9", "I10", "J45.0", "M54.5", "F32.1", "K21.9", "N39.0")),
    ("health", "has_diabetes", "en_US", pick("true", "false")),
    ("health", "blood_type", "en_US", pick("A+", "O-", "B+", "AB-", "0+")),
    ("username", "username", "en_US", lambda f: f.user_name()),
    ("passport_number", "passport_no", "en_US", lambda f: f.passport_number()),
    ("marital_status", "marital_status", "en_US", pick("single", "married", "divorced", "widowed")),
    ("credential", "password", "en_US", lambda f: f.password()),
    ("imei", "imei", "en_US", lambda f: luhn("35" + digits(12))),
    ("free_text", "comment", "en_US", note(0.3, lambda f: f.email())),
    ("free_text", "Bemerkung", "de_DE", note(0.3, lambda f: "Tel. " + f.phone_number())),
    ("free_text", "notes", "en_GB", note(0.4, lambda f: f"Mr {f.last_name()} called,")),
    ("free_text", "message", "en_US", note(0.3, lambda f: "card " + luhn("4" + digits(14)))),
    ("free_text", "ticket_body", "fr_FR", note(0.3, lambda f: "IBAN " + f.iban())),
]

PERSONAL_HELD_OUT: list[Row] = [
    ("email", "contactEmail", "pt_BR", lambda f: f.email()),
    ("email", "courriel", "fr_CA", lambda f: f.email()),
    ("email", "E_MAIL", "it_IT", lambda f: f.free_email()),
    ("email", "user_id", "nl_NL", lambda f: f.email()),
    ("email", "attr_x", "cs_CZ", lambda f: f.company_email()),
    ("phone", "PhoneHome", "en_AU", lambda f: f.phone_number()),
    ("phone", "telefone", "pt_BR", lambda f: f.phone_number()),
    ("phone", "Handynummer", "de_AT", lambda f: f.phone_number()),
    ("phone", "numer_telefonu", "pl_PL", lambda f: f.phone_number()),
    ("phone", "cellulare", "it_IT", lambda f: f.phone_number()),
    ("phone", "q7", "fr_FR", lambda f: "+33" + R.choice("67") + digits(8)),
    ("phone", "contact_no", "en_IN", lambda f: f.phone_number()),
    ("phone", "v_2", "en_US", lambda f: f"({R.randint(201, 989)}) {R.randint(200, 999)}-{digits(4)}"),
    ("given_name", "givenName", "en_AU", lambda f: f.first_name()),
    ("given_name", "voornaam", "nl_NL", lambda f: f.first_name()),
    ("given_name", "imie", "pl_PL", lambda f: f.first_name()),
    ("given_name", "nome", "pt_BR", lambda f: f.first_name()),
    ("given_name", "v1", "sv_SE", lambda f: f.first_name()),
    ("given_name", "etunimi", "fi_FI", lambda f: f.first_name()),
    ("given_name", "k3", "en_IN", lambda f: f.first_name()),
    ("family_name", "surname", "en_IE", lambda f: f.last_name()),
    ("family_name", "cognome", "it_IT", lambda f: f.last_name()),
    ("family_name", "achternaam", "nl_BE", lambda f: f.last_name()),
    ("family_name", "efternavn", "da_DK", lambda f: f.last_name()),
    ("family_name", "attr_4", "en_US", lambda f: f.last_name()),
    ("family_name", "sukunimi", "fi_FI", lambda f: f.last_name()),
    ("full_name", "employee", "en_GB", lambda f: f.name()),
    ("full_name", "PatientName", "en_AU", lambda f: f"{f.last_name()}, {f.first_name()}"),
    ("full_name", "nombre_completo", "es_MX", lambda f: f.name()),
    ("full_name", "fio", "ru_RU", lambda f: f.name()),
    ("full_name", "xing_ming", "zh_CN", lambda f: f.name()),
    ("full_name", "氏名", "ja_JP", lambda f: f.name()),
    ("full_name", "c_17", "nl_NL", lambda f: f.name()),
    ("full_name", "naam", "nl_NL", lambda f: f.name()),
    ("full_name", "attr_9", "pt_BR", lambda f: f.name()),
    ("full_name", "z1", "en_IN", lambda f: f.name()),
    ("postal_address", "shippingAddress", "en_CA", lambda f: f.address()),
    ("postal_address", "indirizzo", "it_IT", lambda f: f.street_address()),
    ("postal_address", "endereco", "pt_BR", lambda f: f.street_address()),
    ("postal_address", "straat", "nl_NL", lambda f: f.street_address()),
    ("postal_address", "gatuadress", "sv_SE", lambda f: f.street_address()),
    ("postal_address", "a_5", "de_DE", lambda f: f.street_address()),
    ("postal_address", "ulica", "pl_PL", lambda f: f.street_address()),
    ("postal_code", "postnummer", "sv_SE", lambda f: f.postcode()),
    ("postal_code", "PostalCode", "en_CA", lambda f: f.postcode()),
    ("postal_code", "cep", "pt_BR", lambda f: f.postcode()),
    ("us_ssn", "EmployeeSSN", "en_US", lambda f: f.ssn()),
    ("us_ssn", "m_4", "en_US", lambda f: f.ssn()),
    ("uk_nino", "NationalInsuranceNo", "en_GB", nino),
    ("uk_nhs_number", "patient_number", "en_GB", nhs),
    ("de_tax_id", "IdNr", "de_DE", tax_id),
    ("de_tax_id", "k_2", "de_DE", tax_id),
    ("de_pension_number", "RVNR", "de_DE", pension),
    ("fr_nir", "num_secu", "fr_FR", lambda f: f.ssn()),
    ("fr_nir", "r9", "fr_FR", lambda f: f.ssn()),
    ("es_dni", "documento", "es_ES", lambda f: f.nie()),
    ("it_codice_fiscale", "CF", "it_IT", lambda f: f.ssn()),
    ("it_codice_fiscale", "h1", "it_IT", lambda f: f.ssn()),
    ("nl_bsn", "burgerservicenummer", "nl_NL", lambda f: f.ssn()),
    ("nl_bsn", "w7", "nl_NL", lambda f: f.ssn()),
    ("se_personnummer", "pnr", "sv_SE", lambda f: f.ssn(long=True)),
    ("pl_pesel", "s_3", "pl_PL", lambda f: f.pesel()),
    ("be_national_number", "niss", "nl_BE", lambda f: f.ssn()),
    ("br_cpf", "cpf_cliente", "pt_BR", lambda f: int(f.cpf().replace(".", "").replace("-", ""))),
    ("br_cpf", "y_8", "pt_BR", lambda f: f.cpf()),
    ("br_cnpj", "CNPJ_empresa", "pt_BR", lambda f: f.cnpj()),
    ("in_aadhaar", "uid", "en_IN", aadhaar),
    ("cn_resident_id", "身份证号", "zh_CN", lambda f: f.ssn()),
    ("cn_resident_id", "d3", "zh_CN", lambda f: f.ssn()),
    ("dk_cpr", "cpr_nummer", "da_DK", lambda f: f"{f.date_of_birth():%d%m%y}-{digits(4)}"),
    ("ca_sin", "social_insurance_number", "en_CA", lambda f: f.ssn()),
    (
        "kr_rrn",
        "주민등록번호",
        "ko_KR",
        lambda f: f"{f.date_of_birth():%y%m%d}-{R.choice('1234')}{digits(6)}",
    ),
    ("tr_kimlik", "tc_kimlik_no", "tr_TR", lambda f: f.ssn()),
    ("ro_cnp", "cnp", "ro_RO", lambda f: f.ssn()),
    ("cz_birth_number", "rodne_cislo", "cs_CZ", lambda f: f.birth_number()),
    ("card_number", "creditCardNo", "en_US", lambda f: f.credit_card_number(card_type="visa16")),
    ("card_number", "KARTENNUMMER", "de_DE", lambda f: f.credit_card_number(card_type="mastercard")),
    ("card_number", "n5", "en_US", lambda f: f.credit_card_number(card_type="amex")),
    ("iban", "Bankverbindung", "de_AT", lambda f: f.iban()),
    ("iban", "f_11", "es_ES", lambda f: f.iban()),
    ("iban", "IBAN_kontrahenta", "pl_PL", lambda f: f.iban()),
    ("bic", "BIC", "de_DE", lambda f: f.swift11()),
    ("ip_address", "remote_addr", "en_US", lambda f: f.ipv4()),
    ("ip_address", "g2", "en_US", lambda f: f.ipv4_public()),
    ("mac_address", "device_mac", "en_US", lambda f: f.mac_address().replace(":", "")),
    ("mac_address", "t4", "en_US", lambda f: f.mac_address()),
    ("birth_date", "DOB", "en_GB", lambda f: f.date_of_birth().strftime("%d/%m/%Y")),
    ("birth_date", "birthYear", "en_US", lambda f: f.date_of_birth().year),
    ("birth_date", "data_nascita", "it_IT", lambda f: f.date_of_birth().strftime("%d-%m-%Y")),
    ("birth_date", "PatientBirthDate", "en_US", lambda f: f.date_of_birth().strftime("%Y%m%d")),
    ("licence_plate", "plate_number", "en_GB", lambda f: f.license_plate()),
    ("licence_plate", "matricula", "es_ES", lambda f: f.license_plate()),
    ("age", "CustomerAge", "en_US", lambda f: R.randint(18, 93)),
    ("age", "alter", "de_DE", lambda f: R.randint(18, 93)),
    ("gender", "sexo", "es_ES", pick("H", "M", "hombre", "mujer")),
    ("gender", "Sex", "en_US", pick("1", "2", "9")),
    ("gender", "b6", "fr_FR", pick("Homme", "Femme")),
    ("gender", "Anrede", "de_DE", pick("Herr", "Frau")),
    (
        "religion",
        "religious_affiliation",
        "en_US",
        pick("Catholic", "Baptist", "Buddhist", "Atheist", "Sikh"),
    ),
    ("religion", "p4", "en_US", pick("Catholic", "Protestant", "Muslim", "Jewish", "Hindu", "Atheist")),
    (
        "ethnicity",
        "ethnic_group",
        "en_GB",
        pick("White British", "Asian Indian", "Black African", "Mixed", "Arab"),
    ),
    ("ethnicity", "race_code", "en_US", pick("W", "B", "A", "H", "O")),
    ("health", "medical_condition", "en_US", pick("asthma", "epilepsy", "none", "heart failure", "anemia")),
    ("health", "Blutgruppe", "de_DE", pick("A+", "0-", "AB+", "B-")),
    (
        "health",
        "diag_code",
        "en_US",
        pick("E11.9", "I25.1", "J45.0", "M54.5", "F32.1", "K21.9", "N39.0", "Z51.1", "C50.9"),
    ),
    ("health", "is_smoker", "en_US", pick("yes", "no")),
    (
        "health",
        "u8",
        "de_DE",
        pick("Asthma", "Diabetes mellitus Typ 2", "Migräne", "Hypertonie", "Depression", "Demenz"),
    ),
    ("trade_union", "gewerkschaftsmitglied", "de_DE", pick("ja", "nein")),
    ("political_opinion", "party_affiliation", "en_US", pick("Democrat", "Republican", "Independent")),
    (
        "sexual_orientation",
        "sexual_orientation",
        "en_US",
        pick("heterosexual", "gay", "bisexual", "prefer not to say"),
    ),
    ("criminal_record", "criminal_record", "en_US", pick("Y", "N")),
    ("nationality", "Staatsangehörigkeit", "de_DE", pick("deutsch", "polnisch", "türkisch", "italienisch")),
    ("username", "loginName", "de_DE", lambda f: f.user_name()),
    ("passport_number", "Reisepassnummer", "de_DE", lambda f: "C" + digits(8)),
    ("driving_licence", "driver_license_number", "en_US", lambda f: R.choice("ABDFS") + digits(12)),
    ("marital_status", "familienstand", "de_DE", pick("ledig", "verheiratet", "geschieden", "verwitwet")),
    ("credential", "api_key", "en_US", lambda f: f.sha1()),
    (
        "credential",
        "o3",
        "en_US",
        lambda f: "AKIA" + "".join(R.choice("ABCDEFGHIJKLMNOP234567") for _ in range(16)),
    ),
    ("vin", "vehicle_identification_number", "en_US", lambda f: f.vin()),
    ("device_id", "advertising_id", "en_US", lambda f: uuid.UUID(int=R.getrandbits(128))),
    ("imei", "device_imei", "en_US", lambda f: luhn("86" + digits(12))),
    ("geolocation", "gps_lat", "en_US", lambda f: round(R.uniform(40, 60), 6)),
    ("free_text", "description", "en_US", note(0.3, lambda f: f"call {f.numerify('(5##) 555-01##')}")),
    ("free_text", "opmerking", "nl_NL", note(0.3, lambda f: f.email())),
    ("free_text", "feedback", "en_US", note(0.4, lambda f: f"Dear Mrs {f.last_name()},")),
    ("free_text", "log", "en_US", note(0.5, lambda f: f"connection from {f.ipv4_public()}")),
    ("free_text", "observaciones", "es_ES", note(0.4, lambda f: "DNI " + f.nif())),
    ("free_text", "case_notes", "en_US", note(0.4, lambda f: "SSN " + f.ssn())),
    (
        "free_text",
        "remark",
        "en_US",
        note(0.4, lambda f: f"lives at {R.randint(2, 999)} {f.last_name()} Street"),
    ),
    ("free_text", "details", "en_US", note(0.4, lambda f: f"spoke with {f.first_name()} {f.last_name()}")),
    ("free_text", "url", "en_US", lambda f: f"https://shop.example/reset?mail={f.email()}&t={digits(6)}"),
]

START = datetime(2024, 1, 1)
NEGATIVE_TUNING: list[Row] = [
    ("none", "invoice_number", "en_US", lambda f: "INV-" + digits(8)),
    ("none", "invoice_id", "en_US", lambda f: digits(10)),
    ("none", "order_no", "en_US", lambda f: "4" + digits(15)),
    ("none", "order_id", "en_US", lambda f: digits(9)),
    ("none", "reference", "en_US", lambda f: digits(11)),
    ("none", "tracking_number", "en_US", lambda f: digits(12)),
    ("none", "sku", "en_US", lambda f: f.bothify("??-####-??").upper()),
    ("none", "ean", "en_US", lambda f: f.ean13()),
    ("none", "uuid", "en_US", lambda f: uuid.UUID(int=R.getrandbits(128))),
    ("none", "amount", "en_US", lambda f: round(R.uniform(1, 9_999), 2)),
    ("none", "betrag", "de_DE", lambda f: f"{R.uniform(1, 9_999):.2f}".replace(".", ",")),
    ("none", "created_at", "en_US", lambda f: (START + timedelta(minutes=R.randint(0, 900_000))).isoformat()),
    ("none", "epoch", "en_US", lambda f: 1_700_000_000 + R.randint(0, 90_000_000)),
    ("none", "issued_on", "en_US", lambda f: (START + timedelta(days=R.randint(0, 700))).date()),
    (
        "none",
        "product_name",
        "en_US",
        lambda f: f"{f.color_name()} {R.choice(['Lamp', 'Chair', 'Desk', 'Sofa', 'Rug'])}",
    ),
    ("none", "city", "en_US", lambda f: f.city()),
    ("none", "Ort", "de_DE", lambda f: f.city()),
    ("none", "ville", "fr_FR", lambda f: f.city()),
    ("none", "country", "en_US", lambda f: f.country()),
    ("none", "country_code", "en_US", lambda f: f.country_code()),
    ("none", "company", "en_US", lambda f: f.company()),
    ("none", "firma", "de_DE", lambda f: f.company()),
    ("none", "sha256", "en_US", lambda f: hashlib.sha256(digits(9).encode()).hexdigest()),
    ("none", "md5", "en_US", lambda f: hashlib.md5(digits(9).encode()).hexdigest()),
    ("none", "currency", "en_US", lambda f: f.currency_code()),
    ("none", "status", "en_US", pick("open", "closed", "pending", "refunded")),
    ("none", "is_active", "en_US", pick("true", "false")),
    ("none", "email_sent", "en_US", pick("0", "1")),
    ("none", "phone_model", "en_US", pick("iPhone 15", "Galaxy S24", "Pixel 9", "Nokia 3310", "Xperia 1")),
    ("none", "version", "en_US", lambda f: f"{R.randint(0, 9)}.{R.randint(0, 30)}.{R.randint(0, 99)}"),
    ("none", "quantity", "en_US", lambda f: R.randint(1, 500)),
    ("none", "size", "en_US", pick("S", "M", "L", "XL")),
    ("none", "url", "en_US", lambda f: f.uri()),
    ("none", "file_name", "en_US", lambda f: f.file_name()),
    ("none", "comment", "en_US", lambda f: f.sentence(nb_words=8)),
    ("none", "kommentar", "de_DE", lambda f: f.sentence(nb_words=8)),
    ("none", "department", "en_US", pick("Sales", "Finance", "Legal", "IT", "Logistics")),
    ("none", "job_title", "en_US", lambda f: f.job()),
    ("none", "lat", "en_US", lambda f: round(R.uniform(-60, 60), 5)),
    ("none", "isbn", "en_US", lambda f: f.isbn13()),
    ("none", "iccid_like", "en_US", lambda f: "89" + digits(17)),
    ("none", "color", "en_US", lambda f: f.color_name()),
    ("none", "weekday", "en_US", lambda f: f.day_of_week()),
    ("none", "batch", "en_US", lambda f: f"{R.choice('ABCDE')}{R.randint(10, 99)}.{R.randint(1, 9)}"),
    ("none", "account_balance", "en_US", lambda f: round(R.gauss(2_000, 900), 2)),
    ("none", "temperature", "en_US", lambda f: round(R.gauss(15, 9), 1)),
    ("none", "vat_rate", "en_US", pick("0.19", "0.07", "0.0", "0.21")),
    ("none", "name", "en_US", pick("Basic plan", "Pro plan", "Enterprise plan", "Team plan", "Free plan")),
]

NEGATIVE_HELD_OUT: list[Row] = [
    ("none", "InvoiceNo", "en_US", lambda f: f"2024-{digits(6)}"),
    ("none", "Rechnungsnummer", "de_DE", lambda f: "RE" + digits(9)),
    ("none", "transaction_id", "en_US", lambda f: "5" + digits(15)),
    ("none", "TransactionReference", "en_US", lambda f: digits(16)),
    ("none", "customer_no", "en_US", lambda f: digits(9)),
    ("none", "customer_id", "en_US", lambda f: f"C{R.randint(10_000, 99_999)}"),
    ("none", "kundennummer", "de_DE", lambda f: digits(11)),
    ("none", "shipment", "en_US", lambda f: "1Z" + f.bothify("??######").upper() + digits(8)),
    ("none", "article", "en_US", lambda f: f.bothify("???#####").upper()),
    ("none", "gtin", "en_US", lambda f: f.ean13()),
    ("none", "session", "en_US", lambda f: uuid.UUID(int=R.getrandbits(128)).hex),
    ("none", "price", "en_US", lambda f: f"${R.uniform(1, 9_999):,.2f}"),
    (
        "none",
        "preis",
        "de_DE",
        lambda f: f"{R.uniform(1_000, 9_999):,.2f}".replace(",", "x").replace(".", ",").replace("x", "."),
    ),
    (
        "none",
        "updated",
        "en_US",
        lambda f: (START + timedelta(seconds=R.randint(0, 90_000_000))).strftime("%d/%m/%Y %H:%M"),
    ),
    ("none", "ts_ms", "en_US", lambda f: 1_700_000_000_000 + R.randint(0, 90_000_000_000)),
    ("none", "due_date", "en_US", lambda f: (START + timedelta(days=R.randint(0, 700))).strftime("%d.%m.%Y")),
    (
        "none",
        "Produkt",
        "de_DE",
        lambda f: f"{R.choice(['Tisch', 'Stuhl', 'Lampe', 'Regal'])} {f.color_name()}",
    ),
    ("none", "model", "en_US", pick("Sedan", "Hatchback", "Victoria", "Mercedes", "Megane", "Clio", "Zoe")),
    ("none", "town", "en_GB", lambda f: f.city()),
    ("none", "ciudad", "es_ES", lambda f: f.city()),
    ("none", "citta", "it_IT", lambda f: f.city()),
    ("none", "miasto", "pl_PL", lambda f: f.city()),
    ("none", "land", "de_DE", lambda f: f.country()),
    ("none", "state", "en_US", lambda f: f.state()),
    ("none", "supplier", "it_IT", lambda f: f.company()),
    ("none", "employer", "en_GB", lambda f: f.company()),
    ("none", "entreprise", "fr_FR", lambda f: f.company()),
    ("none", "fornecedor", "pt_BR", lambda f: f.company()),
    ("none", "checksum", "en_US", lambda f: hashlib.sha1(digits(9).encode()).hexdigest()),
    ("none", "etag", "en_US", lambda f: hashlib.md5(digits(9).encode()).hexdigest()[:12]),
    ("none", "iso_currency", "en_US", lambda f: f.currency_code()),
    ("none", "channel", "en_US", pick("web", "store", "phone", "partner")),
    ("none", "phone_verified", "en_US", pick("true", "false")),
    ("none", "address_type", "en_US", pick("billing", "shipping")),
    ("none", "email_template", "en_US", pick("welcome", "reminder", "receipt")),
    ("none", "gender_ratio", "en_US", lambda f: round(R.random(), 3)),
    (
        "none",
        "release",
        "en_US",
        lambda f: f"{R.randint(1, 9)}.{R.randint(0, 9)}.{R.randint(0, 9)}.{R.randint(0, 99)}rc",
    ),
    ("none", "units", "en_US", lambda f: R.randint(100_000_000, 999_999_999)),
    ("none", "grade", "en_US", pick("A", "B", "C", "D", "F")),
    ("none", "homepage", "en_US", lambda f: f.url()),
    ("none", "path", "en_US", lambda f: f.file_path()),
    ("none", "review", "en_US", lambda f: f.paragraph(nb_sentences=2)),
    ("none", "beschreibung", "de_DE", lambda f: f.paragraph(nb_sentences=2)),
    ("none", "beruf", "de_DE", lambda f: f.job()),
    ("none", "longitude", "en_US", lambda f: round(R.uniform(-170, 170), 5)),
    ("none", "part", "en_US", lambda f: f"{R.choice('ABCDEFGH')}{digits(2)}.{digits(1)}"),
    ("none", "bin", "en_US", lambda f: "4" + digits(5)),
    ("none", "language", "en_US", lambda f: f.language_name()),
    ("none", "month", "en_US", lambda f: f.month_name()),
    ("none", "rating", "en_US", lambda f: R.randint(1, 5)),
    ("none", "duration_s", "en_US", lambda f: R.randint(1, 4_000)),
    ("none", "siret_like", "fr_FR", lambda f: digits(14)),
    ("none", "category", "en_US", pick("Men's Shoes", "Women's Shoes", "Kids", "Home", "Garden")),
    ("none", "colour_hex", "en_US", lambda f: f.hex_color()),
    (
        "none",
        "brand",
        "en_US",
        pick("Ford", "Kelly", "Morgan", "Chanel", "Dyson", "Bosch", "Philips", "Nestlé", "Zara", "Hugo"),
    ),
    ("none", "player_score", "en_US", lambda f: R.randint(0, 99)),
    ("none", "ward", "en_US", lambda f: f"Ward {R.randint(1, 30)}"),
    ("none", "warehouse", "en_US", lambda f: f"{f.city()} DC{R.randint(1, 9)}"),
    ("none", "race", "en_US", pick("5 km run", "Half marathon", "Marathon", "10 km run")),
    ("none", "health_check", "en_US", pick("passed", "failed", "timeout")),
]


def columns() -> Iterator[dict[str, object]]:
    parts = {"tuning": PERSONAL_TUNING + NEGATIVE_TUNING, "held_out": PERSONAL_HELD_OUT + NEGATIVE_HELD_OUT}
    for seed, (part, rows) in enumerate(parts.items()):
        for place, (kind, name, locale, make) in enumerate(rows):
            faker = fake(locale)
            faker.seed_instance(10_000 * seed + place)
            yield {
                "part": part,
                "kind": kind,
                "name": name,
                "language": locale,
                "values": many(lambda f=faker, m=make: m(f)),
            }


if __name__ == "__main__":
    random.seed(20261121)
    lines = ",\n".join(json.dumps(column, ensure_ascii=False) for column in columns())
    sys.stdout.write(f"[\n{lines}\n]\n")
