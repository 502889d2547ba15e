"""Password, token or key: must not be in a data set at all."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="credential",
    meaning="password, token or secret key",
    protect="drop",
    names=("password", "passwd", "pwd", "passwort", "kennwort", "mot de passe", "contrasena", "senha",
           "wachtwoord", "losenord", "haslo", "secret", "secret key", "api key", "apikey", "access key",
           "private key", "access token", "auth token", "refresh token", "session token", "passphrase",
           "cvv", "cvc", "security code", "pin number", "password hash", "пароль", "密码"),
    shape=r"\S{3,4000}",
    shape_alone=r"(AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_\w{36,}|xox[abp]-[\w-]{10,}|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"
    r"|\$2[aby]\$\d{2}\$[./\w]{53}|\$argon2\w+\$.+",
    within=r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b|\bgh[pousr]_\w{36,}",
    chance=0.0001,
    named=0.5,
    alone=0.8,
    least=1,
)  # fmt: skip
