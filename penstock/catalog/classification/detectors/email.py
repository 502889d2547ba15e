"""E-mail address: a local part, an at sign, a domain with a top-level name (RFC 5321, simplified)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="email",
    meaning="e-mail address",
    names=("e mail", "mail address", "mailadresse", "courriel", "correo", "correo electronico",
           "posta elettronica", "e post", "epost", "mail", "emailadres", "электронная почта", "邮箱",
           "メール",
           "メールアドレス"),
    hints=("contact", "login", "username", "user", "account", "recipient", "sender", "cc"),
    shape=r"(mailto:)?[^\s@<>,;:()\[\]\"]{1,64}@[^\s@<>,;:()\[\]\"]{1,190}\.[^\W\d_]{2,24}",
    within=r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[^\W\d_]{2,24}",
    chance=1e-7,
    named=0.3,
    hinted=0.5,
    alone=0.6,
    least=1,
)  # fmt: skip
