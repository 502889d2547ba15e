"""Genetic data (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="genetic",
    meaning="genetic data",
    sensitivity="special",
    protect="drop",
    names=("genetic", "genotype", "genome", "dna", "dna sequence", "snp", "rsid", "allele", "haplotype",
           "haplogroup", "brca", "gentest", "genetique", "genetico", "genetisch"),
    shape=r".{1,4000}",
    named=0.5,
    flags=True,
)  # fmt: skip
