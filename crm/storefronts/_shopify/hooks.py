"""Keeps the webhooks of the shop registered; Shopify deletes those that failed eight times."""

from collections.abc import Mapping
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, RegisteredHook
from crm.storefronts._shopify import lookups, queries
from crm.storefronts._shopify.admin import ask

_MOST_PAGES = 20


def listed(api: ApiAccess, address: str, topics: tuple[str, ...]) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address; what is listed is on, there is no off."""
    known = {_enum(topic): topic for topic in topics}
    found: list[RegisteredHook] = []
    after = None
    for _page in range(_MOST_PAGES):
        connection = ask(api, queries.HOOKS, after=after).found.get("webhookSubscriptions") or {}
        nodes = connection.get("nodes") or []
        found += [_hook(node, known) for node in nodes if node.get("uri") == address]
        info = connection.get("pageInfo") or {}
        if not info.get("hasNextPage"):
            break
        after = info.get("endCursor")
    return tuple(found)


def arm(api: ApiAccess, address: str, topics: tuple[str, ...]) -> tuple[RegisteredHook, ...]:
    """Register the topics that are missing. Raises Rejected naming those that were refused."""
    there = {hook.topic for hook in listed(api, address, topics)}
    refused = {}
    for topic in topics:
        if topic not in there:
            fault = _create(api, address, topic)
            if fault:
                refused[topic] = fault
    if refused:
        said = "; ".join(f"{topic}: {fault}" for topic, fault in refused.items())
        raise Rejected(_("Shopify does not register all webhooks: %(said)s", said=said), refused)
    return listed(api, address, topics)


def _create(api: ApiAccess, address: str, topic: str) -> str | None:
    """Register one topic; gives the reason where Shopify refuses it."""
    wanted = {"uri": address, "format": "JSON"}
    fault = _ask_for(api, topic, {**wanted, **_metafields(api, topic)})
    # A birthday is no reason to go without the customers.
    return _ask_for(api, topic, wanted) if fault and _metafields(api, topic) else fault


def _ask_for(api: ApiAccess, topic: str, wanted: dict[str, Any]) -> str | None:
    try:
        told = ask(api, queries.CREATE_HOOK, topic=_enum(topic), hook=wanted)
    except Rejected as no:
        return no.reason
    made = told.found.get("webhookSubscriptionCreate") or {}
    said = "; ".join(str(error.get("message"))[:200] for error in made.get("userErrors") or [])
    # Another of us has registered it in between.
    return None if "already been taken" in said else said or None


def _metafields(api: ApiAccess, topic: str) -> dict[str, Any]:
    """Name the metafields that are to come with a customer."""
    keys = [name.partition(".") for name in lookups.metafield_keys(api)]
    if topic not in ("customers/create", "customers/update") or not keys:
        return {}
    return {"metafields": [{"namespace": space, "key": key} for space, _dot, key in keys]}


def _hook(node: Mapping[str, Any], known: Mapping[str, str]) -> RegisteredHook:
    named = str(node.get("topic"))
    topic = known.get(named, named.lower())
    return RegisteredHook(str(node.get("id")), topic, str(node.get("uri")), active=True)


def _enum(topic: str) -> str:
    return topic.replace("/", "_").replace(".", "_").upper()
