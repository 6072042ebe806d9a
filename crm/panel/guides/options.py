"""What the options of platforms are called; `platform.option` goes before the plain name."""

from collections.abc import Mapping

from crm.i18n import mark
from crm.panel.guides.rows import Entry

OPTION_WORDS: Mapping[str, Entry] = {
    "birthday_keys": Entry(
        mark("Fields with the birthday"),
        mark("Names parted by commas; the first that holds a date counts."),
    ),
    "birthday_key": Entry(
        mark("Field with the birthday"), mark("The name in the customer's metadata.")
    ),
    "birthday_field": Entry(
        mark("Field with the birthday"), mark("The name of the customer's own field.")
    ),
    "consent_keys": Entry(
        mark("Fields with the consent"),
        mark("Where the buyer ticked that we may write. Empty: nothing is taken for a consent."),
    ),
    "api_version": Entry(
        mark("Version of the interface"), mark("Leave it, unless you know why not.")
    ),
    "channel": Entry(
        mark("Channel"), mark("Where codes are good. Empty: the first in the store's currency.")
    ),
    "channel_token": Entry(mark("Channel token"), mark("Empty: the default channel.")),
    "money_places": Entry(
        mark("Decimals of prices"), mark("As many as the shop's prices are kept with.")
    ),
    "look_back_days": Entry(
        mark("Days to look back"), mark("Orders placed since are read again at every look.")
    ),
    "archived_orders": Entry(
        mark("Archived orders"),
        mark("drop: they count no more; keep: archiving only tidies up."),
    ),
    "judgeme.shop_domain": Entry(
        mark("Shop domain"), mark("As Judge.me knows the shop."), "shop.myshopify.com"
    ),
}
