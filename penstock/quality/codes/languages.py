"""Languages: ISO 639 codes with their names in English and in themselves."""

# ruff: noqa: E501 - a table

from __future__ import annotations

from functools import cache

from penstock.quality.codes.folding import folded

_LANGUAGES = """
af afr Afrikaans;am amh Amharic;ar ara Arabic;az aze Azerbaijani;be bel Belarusian;bg bul Bulgarian;bn ben Bengali;
bs bos Bosnian/Bosanski;ca cat Catalan/Català;cs ces/cze Czech/Čeština;cy cym/wel Welsh/Cymraeg;da dan Danish/Dansk;
de deu/ger German/Deutsch;el ell/gre Greek;en eng English;eo epo Esperanto;es spa Spanish/Español/Castilian;
et est Estonian/Eesti;eu eus/baq Basque/Euskara;fa fas/per Persian/Farsi;fi fin Finnish/Suomi;
fr fra/fre French/Français;ga gle Irish/Gaeilge;gd gla Scottish Gaelic;gl glg Galician/Galego;gu guj Gujarati;
ha hau Hausa;he heb Hebrew;hi hin Hindi;hr hrv Croatian/Hrvatski;hu hun Hungarian/Magyar;hy hye/arm Armenian;
id ind Indonesian;ig ibo Igbo;is isl/ice Icelandic/Íslenska;it ita Italian/Italiano;ja jpn Japanese;
ka kat/geo Georgian;kk kaz Kazakh;km khm Khmer;kn kan Kannada;ko kor Korean;ku kur Kurdish;ky kir Kyrgyz;la lat Latin;
lb ltz Luxembourgish;lo lao Lao;lt lit Lithuanian/Lietuvių;lv lav Latvian/Latviešu;mk mkd/mac Macedonian;
ml mal Malayalam;mn mon Mongolian;mr mar Marathi;ms msa/may Malay;mt mlt Maltese/Malti;my mya/bur Burmese;ne nep Nepali;
nl nld/dut Dutch/Nederlands/Flemish;nb nob Norwegian Bokmål;nn nno Norwegian Nynorsk;no nor Norwegian/Norsk;
pa pan Punjabi;pl pol Polish/Polski;ps pus Pashto;pt por Portuguese/Português;ro ron/rum Romanian/Română;
ru rus Russian;sk slk/slo Slovak/Slovenčina;sl slv Slovenian/Slovenščina;so som Somali;sq sqi/alb Albanian/Shqip;
sr srp Serbian/Srpski;sv swe Swedish/Svenska;sw swa Swahili/Kiswahili;ta tam Tamil;te tel Telugu;tg tgk Tajik;
th tha Thai;tk tuk Turkmen;tl tgl Tagalog;tr tur Turkish/Türkçe;uk ukr Ukrainian;ur urd Urdu;uz uzb Uzbek;
vi vie Vietnamese;xh xho Xhosa;yi yid Yiddish;yo yor Yoruba;zh zho/chi Chinese/Mandarin;zu zul Zulu
"""


@cache
def languages() -> dict[str, str]:
    """Return the two-letter code of every code and name, folded."""
    found: dict[str, str] = {}
    for line in _LANGUAGES.replace("\n", "").split(";"):
        two, three, names = line.split(" ", 2)
        found |= {folded(name): two for name in (two, *three.split("/"), *names.split("/"))}
    return found
