"""Name under which a person logs in: known by the name of its column."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="username",
    meaning="user name",
    names=("username", "user name", "login", "login name", "screen name", "nickname", "benutzername",
           "benutzer", "nutzername", "identifiant", "nombre usuario", "usuario", "nome utente", "utente",
           "gebruikersnaam", "anvandarnamn", "twitter handle", "social handle", "skype"),
    hints=("handle", "user", "author", "created by", "modified by", "owner"),
    shape=r"@?[\w.\-]{2,40}",
    test=lambda value: any(map(str.isalpha, value)),
    named=0.8,
)  # fmt: skip
