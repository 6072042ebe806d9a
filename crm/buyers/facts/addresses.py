"""E-mail addresses and phone numbers in the one form by which we know a buyer."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email


def normalise_email(text: str | None) -> str | None:
    """Give an address in lower case with its domain in ASCII; None when it is not an address.

    Local parts are case-sensitive by RFC 5321, but no mailbox provider makes use of it.
    """
    if not text:
        return None
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part.lower()}@{found.ascii_domain}"


def normalise_phone(text: str | None, *countries: str | None) -> str | None:
    """Give a number in E.164; a national one is read by the first of `countries` that fits it."""
    if not text:
        return None
    for country in dict.fromkeys([*filter(None, countries), None]):
        number = _parsed(text, country)
        if number is not None and phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def phone_country(phone: str | None) -> str | None:
    """Tell the ISO country of an E.164 number; None when the number does not say."""
    number = _parsed(phone, None) if phone else None
    return None if number is None else phonenumbers.region_code_for_number(number)


def _parsed(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
