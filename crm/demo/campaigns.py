"""What the marketers of the sample shops have planned."""

from datetime import datetime, timedelta
from typing import Any

from crm.demo.goods import ShopSign
from crm.demo.year import Span

_LETTER = """<mjml><mj-body background-color="#f4f1ea"><mj-section background-color="#ffffff">
<mj-column><mj-text font-size="20px" color="#1f6f54">{title}</mj-text>
<mj-text font-size="16px" line-height="1.5">{text}</mj-text>
{offer}<mj-text font-size="13px" color="#777">{{{{ store.name }}}}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""
_OFFER = """<mj-text font-size="24px" align="center">{{ offer.code }}</mj-text>
<mj-text align="center">%s</mj-text>
<mj-button href="{{ store.url }}" background-color="#1f6f54">%s</mj-button>
"""
_UNTIL = {
    "tea-house": "{{ offer.percent }} % off until {{ offer.expires_on }}",
    "qingshan-tea": "立减 {{ offer.percent }}%，有效期至 {{ offer.expires_on }}",
}
_VISIT = {"tea-house": "To the shop", "qingshan-tea": "去逛逛"}
_FRIEND = {
    "tea-house": "Dear {{ buyer.first_name | default: 'friend of tea' }},",
    "qingshan-tea": "{{ buyer.name | default: '茶友' }}，您好：",
}

# Key of the words, kind, percent of the offer, fields of the campaign.
_Row = tuple[str, str, int | None, dict[str, Any]]
_PLANS: tuple[_Row, ...] = (
    ("birthday", "birthday", 15, {"schedule": {"days_before": 0, "time": "10:00"}, "priority": 80}),
    ("survey", "survey", None, {"holdout_percent": 0, "priority": 60}),
    ("vip", "promotion", 20, {"audience": {"condition": "vip", "is": True}, "priority": 70}),
    ("harvest", "promotion", None, {"priority": 40, "expires_after_hours": 168}),
    ("back", "promotion", 10, {"when_capped": "drop", "priority": 30, "holdout_percent": 10}),
)
# Where in the span a promotion goes out: the second meets the first, the third meets both.
_AT = {"vip": (0.46, 9), "harvest": (0.46, 33), "back": (0.46, 57)}
_WORDS: dict[str, dict[str, tuple[str, str, str]]] = {
    "tea-house": {
        "birthday": (
            "Birthday wishes",
            "Happy birthday{% if buyer.first_name %}, {{ buyer.first_name }}{% endif %}!",
            "today the kettle sings for you. This code is yours alone, for whatever you like best.",
        ),
        "survey": (
            "How was your tea?",
            "How was your tea? (order {{ order.number }})",
            "your parcel has been with you for a few days. Two minutes, five stars or one:"
            ' <a href="{{ survey.url }}">tell us how it was</a>. We read every answer.',
        ),
        "vip": (
            "Autumn for VIPs",
            "Before anyone else: the autumn teas",
            "you are among the people we pack for first. The autumn harvest is here,"
            " and it is yours before it stands on the shelf.",
        ),
        "harvest": (
            "New harvest",
            "The new harvest has arrived",
            "two mountains, three gardens, one week on the road: the new teas are here.",
        ),
        "back": (
            "Come back for tea",
            "It has been a while",
            "your shelf may be getting empty. Here is something for filling it.",
        ),
    },
    "qingshan-tea": {
        "birthday": (
            "生日祝福",
            "{{ buyer.name | default: '茶友' }}，生日快乐！",
            "今天这壶茶为您而泡。这是只属于您的优惠码，喜欢什么就挑什么。",
        ),
        "survey": (
            "茶喝得怎么样？",
            "订单 {{ order.number }} 的茶还满意吗？",
            "您的包裹已签收几天了。请花两分钟"
            '<a href="{{ survey.url }}">告诉我们</a>，每一条我们都会看。',
        ),
        "vip": ("贵宾专享", "新茶先到先得，贵宾优先", "感谢您一路支持。秋茶已到，先为您留好。"),
        "harvest": ("新茶上市", "今年的新茶到了", "两座山头，三片茶园，一周路程：新茶已经入库。"),
        "back": ("好久不见", "茶罐空了吗？", "好久没见到您了，备了一点心意，欢迎回来看看。"),
    },
}


_GROUPS = {
    "tea-house": ("Regulars who have gone quiet", "Best buyers", "Birthdays to come"),
    "qingshan-tea": ("好久没来的老顾客", "贵宾与优质顾客", "近期生日"),
}


def plans(sign: ShopSign, span: Span) -> list[dict[str, Any]]:
    """List the campaigns of a shop as the API takes them."""
    return [_plan(sign, span, row) for row in _PLANS]


def segments(sign: ShopSign) -> list[dict[str, Any]]:
    """List the groups of buyers that the marketers look at again and again."""
    names = _GROUPS[sign.key]
    rules: tuple[dict[str, Any], ...] = (
        {
            "all": [
                {"condition": "order_count", "at_least": 2},
                {"condition": "last_order", "days_ago_at_least": 14},
                {"not": {"condition": "open_case"}},
            ]
        },
        {
            "any": [
                {"condition": "vip", "is": True},
                {"condition": "tier", "any_of": ["A", "B"]},
            ]
        },
        {
            "all": [
                {"condition": "birthday", "within_days": 30},
                {"condition": "consent", "channel": "email", "status": "granted"},
            ]
        },
    )
    return [
        {"store": sign.key, "name": name, "rule": rule}
        for name, rule in zip(names, rules, strict=True)
    ]


def _plan(sign: ShopSign, span: Span, row: _Row) -> dict[str, Any]:
    key, kind, percent, fields = row
    name, subject, text = _WORDS[sign.key][key]
    plan: dict[str, Any] = {
        "store": sign.key,
        "name": name,
        "kind": kind,
        "schedule": _schedule(span, key, kind),
        "message": {
            "subject": subject,
            "body": _body(sign, subject, text, with_offer=percent is not None),
            "format": "mjml",
        },
        **fields,
    }
    if percent is not None:
        plan["offer"] = {"percent": percent, "valid_days": 21, "single_use": True}
    return plan


def _schedule(span: Span, key: str, kind: str) -> dict[str, Any]:
    if kind == "survey":
        return {"days_after": {"delivered": 7 if span.is_long else 3}}
    share, hours = _AT.get(key, (0, 0))
    return {"at": _noon(span, share, hours).isoformat()}


def _noon(span: Span, share: float, hours: int) -> datetime:
    day = span.begin_at + (span.end_at - span.begin_at) * share
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def _body(sign: ShopSign, title: str, text: str, *, with_offer: bool) -> str:
    offer = _OFFER % (_UNTIL[sign.key], _VISIT[sign.key]) if with_offer else ""
    return _LETTER.format(title=title, text=f"{_FRIEND[sign.key]}<br>{text}", offer=offer)
