"""BIC: four letters of a bank, a country, a place, perhaps a branch (ISO 9362)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF "
    "CG CH CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FK FM FO FR GA GB GD GE "
    "GG GH GI GL GM GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KM KN "
    "KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MR MT MU MV MW MX MY MZ NA "
    "NE NG NI NL NO NP NZ OM PA PE PG PH PK PL PR PS PT PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN "
    "SO SR SS ST SV SY SZ TC TD TG TH TJ TL TM TN TO TR TT TW TZ "
    "UA UG US UY UZ VA VC VE VG VN VU WS XK YE ZA ZM ZW".split()
)

DETECTOR = Detector(
    kind="bic",
    meaning="BIC of a bank, which belongs to an account",
    protect="keep",
    names=("bic", "swift", "swift code", "swiftcode", "bic code"),
    hints=("bank", "bank code"),
    shape=r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?",
    test=lambda value: value[4:6].upper() in _COUNTRIES and value.isupper(),
    chance=0.35,
    hinted=0.9,
    alone=0.97,
    least=15,
)
