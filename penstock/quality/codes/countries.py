"""Countries: ISO 3166-1 codes with the names that people write."""

# ruff: noqa: E501 - a table

from __future__ import annotations

from functools import cache

from penstock.quality.codes.folding import folded

_COUNTRIES = """\
AD AND 020 Andorra
AE ARE 784 United Arab Emirates/UAE/Emirates
AF AFG 004 Afghanistan
AG ATG 028 Antigua and Barbuda
AI AIA 660 Anguilla
AL ALB 008 Albania
AM ARM 051 Armenia
AO AGO 024 Angola
AQ ATA 010 Antarctica
AR ARG 032 Argentina/Argentinien
AS ASM 016 American Samoa
AT AUT 040 Austria/Österreich/Oesterreich/Autriche
AU AUS 036 Australia/Australien
AW ABW 533 Aruba
AX ALA 248 Åland Islands
AZ AZE 031 Azerbaijan
BA BIH 070 Bosnia and Herzegovina/Bosnia
BB BRB 052 Barbados
BD BGD 050 Bangladesh
BE BEL 056 Belgium/Belgien/Belgique/België
BF BFA 854 Burkina Faso
BG BGR 100 Bulgaria/Bulgarien
BH BHR 048 Bahrain
BI BDI 108 Burundi
BJ BEN 204 Benin
BL BLM 652 Saint Barthélemy
BM BMU 060 Bermuda
BN BRN 096 Brunei/Brunei Darussalam
BO BOL 068 Bolivia/Plurinational State of Bolivia
BQ BES 535 Bonaire
BR BRA 076 Brazil/Brasil/Brasilien
BS BHS 044 Bahamas/The Bahamas
BT BTN 064 Bhutan
BV BVT 074 Bouvet Island
BW BWA 072 Botswana
BY BLR 112 Belarus
BZ BLZ 084 Belize
CA CAN 124 Canada/Kanada
CC CCK 166 Cocos Islands
CD COD 180 DR Congo/Democratic Republic of the Congo/Congo Kinshasa/Zaire
CF CAF 140 Central African Republic
CG COG 178 Congo/Republic of the Congo/Congo Brazzaville
CH CHE 756 Switzerland/Schweiz/Suisse/Svizzera
CI CIV 384 Côte d'Ivoire/Ivory Coast/Elfenbeinküste
CK COK 184 Cook Islands
CL CHL 152 Chile
CM CMR 120 Cameroon
CN CHN 156 China/People's Republic of China/PRC
CO COL 170 Colombia
CR CRI 188 Costa Rica
CU CUB 192 Cuba
CV CPV 132 Cabo Verde/Cape Verde
CW CUW 531 Curaçao
CX CXR 162 Christmas Island
CY CYP 196 Cyprus
CZ CZE 203 Czechia/Czech Republic/Tschechien/Česko
DE DEU 276 Germany/Deutschland/Allemagne/Alemania/Germania/BRD/Federal Republic of Germany
DJ DJI 262 Djibouti
DK DNK 208 Denmark/Danmark/Dänemark
DM DMA 212 Dominica
DO DOM 214 Dominican Republic
DZ DZA 012 Algeria
EC ECU 218 Ecuador
EE EST 233 Estonia/Eesti/Estland
EG EGY 818 Egypt/Ägypten
EH ESH 732 Western Sahara
ER ERI 232 Eritrea
ES ESP 724 Spain/España/Spanien/Espagne
ET ETH 231 Ethiopia
FI FIN 246 Finland/Suomi/Finnland
FJ FJI 242 Fiji
FK FLK 238 Falkland Islands/Malvinas
FM FSM 583 Micronesia/Federated States of Micronesia
FO FRO 234 Faroe Islands
FR FRA 250 France/Frankreich/Francia
GA GAB 266 Gabon
GB GBR 826 United Kingdom/UK/Great Britain/Britain/England/Scotland/Wales/Northern Ireland/Großbritannien/United Kingdom of Great Britain and Northern Ireland
GD GRD 308 Grenada
GE GEO 268 Georgia
GF GUF 254 French Guiana
GG GGY 831 Guernsey
GH GHA 288 Ghana
GI GIB 292 Gibraltar
GL GRL 304 Greenland
GM GMB 270 Gambia/The Gambia
GN GIN 324 Guinea
GP GLP 312 Guadeloupe
GQ GNQ 226 Equatorial Guinea
GR GRC 300 Greece/Hellas/Griechenland
GS SGS 239 South Georgia and the South Sandwich Islands
GT GTM 320 Guatemala
GU GUM 316 Guam
GW GNB 624 Guinea-Bissau
GY GUY 328 Guyana
HK HKG 344 Hong Kong/Hong Kong SAR
HM HMD 334 Heard Island and McDonald Islands
HN HND 340 Honduras
HR HRV 191 Croatia/Hrvatska/Kroatien
HT HTI 332 Haiti
HU HUN 348 Hungary/Magyarország/Ungarn
ID IDN 360 Indonesia
IE IRL 372 Ireland/Éire/Republic of Ireland/Irland
IL ISR 376 Israel
IM IMN 833 Isle of Man
IN IND 356 India/Indien/Bharat
IO IOT 086 British Indian Ocean Territory
IQ IRQ 368 Iraq
IR IRN 364 Iran/Islamic Republic of Iran
IS ISL 352 Iceland/Ísland/Island
IT ITA 380 Italy/Italia/Italien/Italie
JE JEY 832 Jersey
JM JAM 388 Jamaica
JO JOR 400 Jordan
JP JPN 392 Japan/Nippon/Japon
KE KEN 404 Kenya
KG KGZ 417 Kyrgyzstan
KH KHM 116 Cambodia
KI KIR 296 Kiribati
KM COM 174 Comoros
KN KNA 659 Saint Kitts and Nevis/Saint Kitts
KP PRK 408 North Korea/DPRK/Korea Democratic People's Republic of
KR KOR 410 South Korea/Republic of Korea/Korea/Korea Republic of
KW KWT 414 Kuwait
KY CYM 136 Cayman Islands
KZ KAZ 398 Kazakhstan
LA LAO 418 Laos/Lao People's Democratic Republic/Lao PDR
LB LBN 422 Lebanon
LC LCA 662 Saint Lucia
LI LIE 438 Liechtenstein
LK LKA 144 Sri Lanka/Ceylon
LR LBR 430 Liberia
LS LSO 426 Lesotho
LT LTU 440 Lithuania/Lietuva/Litauen
LU LUX 442 Luxembourg/Luxemburg
LV LVA 428 Latvia/Latvija/Lettland
LY LBY 434 Libya
MA MAR 504 Morocco/Marokko
MC MCO 492 Monaco
MD MDA 498 Moldova/Republic of Moldova
ME MNE 499 Montenegro
MF MAF 663 Saint Martin
MG MDG 450 Madagascar
MH MHL 584 Marshall Islands
MK MKD 807 North Macedonia/Macedonia/FYROM
ML MLI 466 Mali
MM MMR 104 Myanmar/Burma
MN MNG 496 Mongolia
MO MAC 446 Macao/Macau
MP MNP 580 Northern Mariana Islands
MQ MTQ 474 Martinique
MR MRT 478 Mauritania
MS MSR 500 Montserrat
MT MLT 470 Malta
MU MUS 480 Mauritius
MV MDV 462 Maldives
MW MWI 454 Malawi
MX MEX 484 Mexico/México/Mexiko
MY MYS 458 Malaysia
MZ MOZ 508 Mozambique
NA NAM 516 Namibia
NC NCL 540 New Caledonia
NE NER 562 Niger
NF NFK 574 Norfolk Island
NG NGA 566 Nigeria
NI NIC 558 Nicaragua
NL NLD 528 Netherlands/Holland/Nederland/Niederlande/Pays-Bas
NO NOR 578 Norway/Norge/Norwegen
NP NPL 524 Nepal
NR NRU 520 Nauru
NU NIU 570 Niue
NZ NZL 554 New Zealand
OM OMN 512 Oman
PA PAN 591 Panama
PE PER 604 Peru
PF PYF 258 French Polynesia
PG PNG 598 Papua New Guinea
PH PHL 608 Philippines
PK PAK 586 Pakistan
PL POL 616 Poland/Polska/Polen
PM SPM 666 Saint Pierre and Miquelon
PN PCN 612 Pitcairn
PR PRI 630 Puerto Rico
PS PSE 275 Palestine/State of Palestine
PT PRT 620 Portugal/Portugalia
PW PLW 585 Palau
PY PRY 600 Paraguay
QA QAT 634 Qatar
RE REU 638 Réunion
RO ROU 642 Romania/Rumänien/România
RS SRB 688 Serbia
RU RUS 643 Russia/Russian Federation/Russland
RW RWA 646 Rwanda
SA SAU 682 Saudi Arabia
SB SLB 090 Solomon Islands
SC SYC 690 Seychelles
SD SDN 729 Sudan
SE SWE 752 Sweden/Sverige/Schweden
SG SGP 702 Singapore
SH SHN 654 Saint Helena
SI SVN 705 Slovenia/Slovenija/Slowenien
SJ SJM 744 Svalbard and Jan Mayen
SK SVK 703 Slovakia/Slovensko/Slowakei
SL SLE 694 Sierra Leone
SM SMR 674 San Marino
SN SEN 686 Senegal
SO SOM 706 Somalia
SR SUR 740 Suriname
SS SSD 728 South Sudan
ST STP 678 Sao Tome and Principe/São Tomé and Príncipe
SV SLV 222 El Salvador
SX SXM 534 Sint Maarten
SY SYR 760 Syria/Syrian Arab Republic
SZ SWZ 748 Eswatini/Swaziland
TC TCA 796 Turks and Caicos Islands
TD TCD 148 Chad
TF ATF 260 French Southern Territories
TG TGO 768 Togo
TH THA 764 Thailand
TJ TJK 762 Tajikistan
TK TKL 772 Tokelau
TL TLS 626 Timor-Leste/East Timor
TM TKM 795 Turkmenistan
TN TUN 788 Tunisia
TO TON 776 Tonga
TR TUR 792 Turkey/Türkiye/Turkei
TT TTO 780 Trinidad and Tobago/Trinidad
TV TUV 798 Tuvalu
TW TWN 158 Taiwan/Taiwan Province of China
TZ TZA 834 Tanzania/United Republic of Tanzania
UA UKR 804 Ukraine/Ukraina
UG UGA 800 Uganda
UM UMI 581 United States Minor Outlying Islands
US USA 840 United States/USA/U.S./U.S.A./United States of America/America/Vereinigte Staaten/États-Unis/Estados Unidos
UY URY 858 Uruguay
UZ UZB 860 Uzbekistan
VA VAT 336 Vatican City/Holy See/Vatican
VC VCT 670 Saint Vincent and the Grenadines/Saint Vincent
VE VEN 862 Venezuela/Bolivarian Republic of Venezuela
VG VGB 092 British Virgin Islands
VI VIR 850 US Virgin Islands
VN VNM 704 Vietnam/Viet Nam
VU VUT 548 Vanuatu
WF WLF 876 Wallis and Futuna
WS WSM 882 Samoa
YE YEM 887 Yemen
YT MYT 175 Mayotte
ZA ZAF 710 South Africa/Südafrika/RSA
ZM ZMB 894 Zambia
ZW ZWE 716 Zimbabwe
"""
"""Two letters, three letters, number, names."""


@cache
def countries() -> dict[str, str]:
    """Return the two-letter code of every code and name, folded (see :func:`~penstock.quality.codes.folded`)."""
    found: dict[str, str] = {}
    for line in _COUNTRIES.splitlines():
        two, three, number, names = line.split(" ", 3)
        for name in (two, three, number, str(int(number)), *names.split("/")):
            found[folded(name)] = two
    return found
