"""Age of a person in years."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="age",
    meaning="age of a person",
    protect="keep",
    names=("age", "customer age", "patient age", "alter", "age years", "edad", "eta", "idade", "leeftijd",
           "alder", "wiek", "age group", "age band", "altersgruppe", "年齢", "年龄", "возраст"),
    shape=r"(\d{1,2}|1[01]\d|120)(\.\d{1,2})?|\d{1,2} ?(-|\u2013|to) ?\d{1,3}"
    r"|\d{2}\+|[<>≥]=? ?\d{2}|under \d{2}",
    named=0.9,
)  # fmt: skip
