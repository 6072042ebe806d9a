"""Main zones of countries that have several, and the zones of their states (IANA, 2026)."""

from collections.abc import Mapping

# Where most people of the country live.
MAIN: Mapping[str, str] = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Chuuk",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}


def _spread(zones: Mapping[str, str]) -> dict[str, str]:
    return {state: zone for zone, states in zones.items() for state in states.split()}


# By the second half of the ISO 3166-2 code; a state that lies in two zones has its larger part's.
BY_REGION: Mapping[str, Mapping[str, str]] = {
    "US": _spread(
        {
            "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
            "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
            "America/Denver": "CO ID MT NM UT WY",
            "America/Phoenix": "AZ",
            "America/Los_Angeles": "CA NV OR WA",
            "America/Anchorage": "AK",
            "Pacific/Honolulu": "HI",
        }
    ),
    "CA": _spread(
        {
            "America/St_Johns": "NL",
            "America/Halifax": "NB NS PE",
            "America/Toronto": "ON QC NU",
            "America/Winnipeg": "MB",
            "America/Regina": "SK",
            "America/Edmonton": "AB NT",
            "America/Vancouver": "BC",
            "America/Whitehorse": "YT",
        }
    ),
    "AU": _spread(
        {
            "Australia/Sydney": "NSW ACT",
            "Australia/Melbourne": "VIC",
            "Australia/Brisbane": "QLD",
            "Australia/Adelaide": "SA",
            "Australia/Darwin": "NT",
            "Australia/Hobart": "TAS",
            "Australia/Perth": "WA",
        }
    ),
    "BR": _spread(
        {
            "America/Sao_Paulo": "DF ES GO MG PR RJ RS SC SP",
            "America/Bahia": "BA",
            "America/Fortaleza": "CE MA PB PI RN",
            "America/Recife": "PE",
            "America/Maceio": "AL SE",
            "America/Belem": "AP PA",
            "America/Araguaina": "TO",
            "America/Cuiaba": "MT",
            "America/Campo_Grande": "MS",
            "America/Porto_Velho": "RO",
            "America/Boa_Vista": "RR",
            "America/Manaus": "AM",
            "America/Rio_Branco": "AC",
        }
    ),
    "MX": _spread({"America/Tijuana": "BCN", "America/Hermosillo": "SON", "America/Cancun": "ROO"}),
    "ES": _spread({"Atlantic/Canary": "CN GC TF"}),
    "PT": _spread({"Atlantic/Azores": "20", "Atlantic/Madeira": "30"}),
}
