"""Date or year of birth: any date could be one, so the column's name must say so."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_YEAR = r"(18[89]\d|19\d{2}|20[0-4]\d)"
_DAY, _MONTH = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])"
_TIME = r"([T ]00:00(:00(\.0+)?)?(Z|\+00(:?00)?)?)?"

DETECTOR = Detector(
    kind="birth_date",
    meaning="date of birth",
    protect="keep",
    names=("birth date", "date of birth", "dob", "birthdate", "birthday", "born", "birth year",
           "year of birth", "yob", "birth day", "born on", "geburtsdatum", "geboren", "geburtstag",
           "geburtsjahr", "geb datum", "gebdatum", "date naissance", "date de naissance", "naissance",
           "fecha nacimiento", "fecha de nacimiento", "nacimiento", "data nascita", "data di nascita",
           "nascita", "data nascimento", "data de nascimento", "nascimento", "geboortedatum", "geboorte",
           "fodelsedatum", "fodelsedag", "fodselsdato", "data urodzenia", "urodzenia", "syntymaaika",
           "dogum tarihi", "дата рождения", "出生日期", "生年月日", "date birth", "birth dt"),
    hints=("birth",),
    shape=rf"{_YEAR}([-/. ]?{_MONTH}[-/. ]?{_DAY})?{_TIME}|{_DAY}[-/. ]{_MONTH}[-/. ]({_YEAR}|\d{{2}}){_TIME}"
    rf"|{_MONTH}[-/. ]{_DAY}[-/. ]({_YEAR}|\d{{2}}){_TIME}|{_DAY}[-. ][A-Za-zé]{{3,9}}\.?[-, ]+{_YEAR}"
    rf"|[A-Za-z]{{3,9}}\.? {_DAY},? {_YEAR}|{_YEAR}年{_MONTH}月{_DAY}日",
    within=r"(?i)\b(?:born|dob|date of birth|geb\.|geboren|geburtsdatum|née?|nacid[oa]|nat[oa])\b[:,]? "
    r"(?:on |am |le |el |il )?\d{1,4}[-./ ]\w{1,9}[-./ ]\d{2,4}",
    named=0.7,
    hinted=0.9,
)  # fmt: skip
