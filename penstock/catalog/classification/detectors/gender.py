"""Gender or sex: personal, though not a special category of Article 9 by itself."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    "male female man woman men women boy girl mann frau mannlich männlich weiblich divers herr homme femme "
    "masculin feminin féminin hombre mujer masculino femenino feminino varon varón maschio femmina uomo "
    "donna maschile femminile homem mulher vrouw mannelijk vrouwelijk kvinna kvinde kvinne mand manlig "
    "kvinnlig mężczyzna kobieta nainen mies "
    "erkek kad\u0131n мужской женский мужчина женщина 男 女 男性 女性 남 여 남성 여성 "
    "nonbinary non-binary".split()
)
_LETTERS = frozenset("m f w h v d k x u o n 0 1 2 9".split())
_BESIDE = frozenset(
    {
        "other",
        "unknown",
        "unspecified",
        "undisclosed",
        "unbekannt",
        "autre",
        "otro",
        "otra",
        "altro",
        "outro",
        "anders",
    }
    | {
        "annat",
        "diverse",
        "n/a",
        "na",
        "none",
        "prefer not to say",
        "not specified",
        "not stated",
        "keine angabe",
    }
)
_SALUTATIONS = frozenset("mr mrs ms miss mx mme mlle sr sra sig dhr mevr".split())


def _test(value: str) -> bool:
    """Tell whether it is a word or a letter for a gender, or for none told."""
    word = value.lower().rstrip(".")
    return word in _WORDS or word in _LETTERS or word in _BESIDE or word in _SALUTATIONS


def _is_word(value: str) -> bool:
    """Tell whether it is a word that means a gender and little else."""
    return value.lower() in _WORDS | _BESIDE


DETECTOR = Detector(
    kind="gender",
    meaning="gender or sex",
    protect="keep",
    names=("gender", "sex", "geschlecht", "sexe", "genre", "sexo", "genero", "sesso", "genere", "geslacht",
           "kon", "plec", "kjonn", "sukupuoli", "cinsiyet", "anrede", "salutation",
           "пол", "性别", "性別", "성별"),
    shape=r".{1,24}",
    test=_test,
    test_alone=_is_word,
    chance=0.0001,
    named=0.6,
    alone=1.0,
    least=2,
)  # fmt: skip
