"""Health (GDPR Article 9): diagnoses in words or ICD-10 codes, blood groups, treatments, disabilities."""

from __future__ import annotations

import re

from penstock.catalog.classification.detector import Detector

_WORDS = re.compile(
    r"(?i)\b(diabetes|diab[eèé]te|asthma|asma|asthme|hypertension|hypertonie|hipertensi[oó]n|ipertensione|cancer|krebs|"
    r"carcinoma|karzinom|tumou?r|leuk[a]?emia|leukämie|lymphoma|migraine|migräne|depression|depressive|anxiety|"
    r"schizophrenia|bipolar|epilepsy|epilepsie|epilepsia|arthritis|arthrose|osteoporosis|obesity|adipositas|anemia|"
    r"anaemia|pneumonia|bronchitis|copd|tuberculosis|hepatitis|hiv|aids|covid(-19)?|influenza|grippe|stroke|"
    r"infarction|herzinfarkt|schlaganfall|fibrillation|angina|heart failure|herzinsuffizienz|kidney disease|"
    r"alzheimer'?s?|parkinson'?s?|multiple sclerosis|dementia|demenz|psoriasis|eczema|dermatitis|fracture|"
    r"fraktur|"
    r"allergy|allergie|penicillin|insulin|metformin|warfarin|ibuprofen|amoxicillin|atorvastatin|lisinopril|"
    r"hypothyroidism|endometriosis|pregnan(t|cy)|schwanger(schaft)?|appendicitis|gastritis|ulcer|reflux|sepsis|"
    r"autism|adhd|celiac|crohn'?s?|cirrhosis|glaucoma|gout|thrombosis|scoliosis|rheumatism|rheuma)\b"
)
_BLOOD = re.compile(r"(?i)(a|b|ab|0|o) ?([+-]|rh[+-]|pos(itive|itiv)?|neg(ative|ativ)?)")


def _is_health(value: str) -> bool:
    """Tell whether it names an illness or a drug, or is a blood group."""
    return _BLOOD.fullmatch(value) is not None or _WORDS.search(value) is not None


DETECTOR = Detector(
    kind="health",
    meaning="health",
    sensitivity="special",
    protect="drop",
    names=("diagnosis", "diagnoses", "diagnostic", "diagnose", "diagnostico", "diagnosi", "diagnoza",
           "icd", "icd10", "icd 10", "icd9", "dx", "diag", "disease", "illness", "medical",
           "medical condition", "medication", "medicine", "drug name", "prescription", "allergy",
           "allergies", "allergie", "blood type", "blood group", "blutgruppe", "groupe sanguin",
           "grupo sanguineo", "gruppo sanguigno", "bloedgroep", "disability", "disabled", "behinderung",
           "schwerbehindert", "handicap", "discapacidad", "invalidita", "health condition", "gesundheit",
           "krankheit", "krankenkasse", "maladie", "sante", "enfermedad", "salud", "malattia", "salute",
           "doenca", "saude", "ziekte", "gezondheid", "sjukdom", "choroba", "symptom", "symptoms",
           "symptome", "behandlung", "therapy", "therapie", "surgery", "pregnant", "pregnancy",
           "schwanger", "smoker", "smoking", "hiv", "bmi", "blood pressure", "heart rate", "cholesterol",
           "glucose", "vaccination", "vaccinated", "sick leave", "krankmeldung", "comorbidity",
           "mental health", "cause of death", "diabetes", "hypertension", "cancer", "病史", "诊断", "病名"),
    hints=("health", "treatment", "condition", "status", "code", "reason", "patient"),
    shape=r".{1,400}",
    test_alone=_is_health,
    chance=0.02,
    within=_WORDS.pattern,
    test_within=lambda _: True,
    within_share=0.05,
    named=0.5,
    hinted=0.6,
    alone=0.6,
    least=3,
    flags=True,
)  # fmt: skip
