"""Telephone number: international (E.164), or national with a trunk zero or an American area code."""

from __future__ import annotations

import re

from penstock.catalog.classification.detector import Detector

_CALLING_CODES = frozenset(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
    "81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 "
    "232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 "
    "258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 "
    "359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 "
    "504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 "
    "680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 870 880 886 960 961 962 963 964 "
    "965 966 967 968 970 971 972 973 974 975 976 977 992 993 "
    "994 995 996 998".split()
)
_FEWEST, _MOST = 6, 15
_EXTENSION = re.compile(r"(?i)\s*(?:x|ext\.?|extension|durchwahl|poste)\s*\d{1,6}$")
_DATE = re.compile(r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:\d{4}|\d{2})")


def _test(value: str) -> bool:
    """Tell whether the calling code is one that is given out and the length can be (ITU-T E.164)."""
    text = _EXTENSION.sub("", value.strip())
    digits = re.sub(r"\D", "", text)
    if not _FEWEST <= len(digits) <= _MOST or len(set(digits)) == 1 or _DATE.fullmatch(text):
        return False
    if text.lstrip("(").startswith("+") or digits.startswith("00"):
        number = digits.removeprefix("00")
        return any(
            number.startswith(code) for code in (number[:1], number[:2], number[:3]) if code in _CALLING_CODES
        )
    return True


_AMERICAN = r"(1[-. ])?(\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}"
_EXTENDED = r"( ?(x|ext\.?) ?\d{1,6})?"

DETECTOR = Detector(
    kind="phone",
    meaning="telephone number",
    names=("phone", "telephone", "tel", "mobile", "cell", "cellphone", "msisdn", "fax", "phone number",
           "telefon", "telefonnummer", "handy", "handynummer", "rufnummer", "mobil", "telefono", "movil",
           "celular", "portable", "cellulare", "telefone", "telefoon", "mobiel", "telefonnr",
           "mobilnummer", "telefax", "komorka", "whatsapp", "landline", "festnetz", "gsm", "телефон", "电话",
           "手机", "電話番号", "電話"),
    hints=("contact", "contact number", "caller", "callee", "number", "nummer", "numero"),
    shape=r"\(?\+?[\d(][\d ()./\-\u2011\u00a0]{4,24}\d" + _EXTENDED,
    shape_alone=r"\(?(\+|00)[1-9][\d ()./\-]{6,20}\d" + _EXTENDED
    + r"|\(?0[1-9]\d{0,4}(\) ?|[ /-])[\d ()./\-]{4,14}\d|" + _AMERICAN + _EXTENDED,
    within=r"(?:\+|\b00)[1-9]\d{0,2}[ .\-/(]{0,2}\d[\d ()./\-]{5,16}\d"
    r"|\(?\b[2-9]\d{2}\)?[-. ][2-9]\d{2}[-. ]\d{4}\b"
    r"|\b0[1-9]\d{1,4}[ /-]\d[\d ]{4,10}\d\b",
    test=_test,
    chance=0.05,
    named=0.5,
    hinted=0.8,
    alone=0.8,
    least=5,
)  # fmt: skip
