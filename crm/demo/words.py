"""What buyers say: reviews by stars and language, answers to surveys, reasons for refunds."""

from random import Random

# (title, body) by language and stars.
_REVIEWS: dict[str, dict[int, tuple[tuple[str, str], ...]]] = {
    "en": {
        5: (
            ("My morning tea", "Fresh, sweet, no bitterness even after the fourth infusion."),
            (
                "Beautifully packed",
                "Arrived in two days with a handwritten card. Will order again.",
            ),
            ("As good as in Hangzhou", "I lived there for three years and this takes me back."),
        ),
        4: (
            ("Very nice", "Lovely aroma. I wish there were a larger bag."),
            ("Good tea, slow parcel", "The tea is excellent, the carrier needed a week."),
        ),
        3: (
            ("Decent", "Not bad for the price, but the last harvest had more depth."),
            ("Fine", "The leaves are rather broken. It tastes all right."),
        ),
        2: (
            ("Not what I expected", "Described as floral, tastes of hay. Disappointed."),
            ("One bag was missing", "I ordered three bags and two came. Nobody told me."),
        ),
        1: (
            (
                "The bag was torn",
                "Half of the tea lay in the box. I am still waiting for an answer.",
            ),
            ("Stale", "This is last year's tea. I know the smell. Never again."),
        ),
    },
    "de": {
        5: (
            ("Wunderbar", "Duftet nach Wiese, auch der dritte Aufguss hat noch Kraft."),
            ("Schnell und liebevoll", "Gestern bestellt, heute da, mit einer Probe dabei. Danke!"),
            ("Unser Sonntagstee", "Seit Jahren trinken wir nichts anderes mehr."),
        ),
        4: (
            ("Sehr gut", "Schöner Tee, die Dose könnte besser schließen."),
            ("Gern wieder", "Geschmack prima, Versand war diesmal etwas langsam."),
        ),
        3: (
            ("Geht so", "Für den Preis in Ordnung, etwas dünn im Geschmack."),
            ("Mittel", "Viele kleine Blattstücke, aber trinkbar."),
        ),
        2: (
            ("Falsche Sorte", "Bestellt war Oolong, gekommen ist Schwarztee."),
            ("Eine Packung fehlt", "Drei bestellt, zwei bekommen. Keine Nachricht dazu."),
        ),
        1: (
            ("Kanne kaputt", "Die Kanne kam mit einem Sprung an, kaum gepolstert."),
            ("Zwei Wochen gewartet", "Als das Päckchen endlich kam, war die Feier vorbei."),
        ),
    },
    "zh": {
        5: (
            ("茶香正宗", "明前茶的味道，回甘很久，送长辈也很体面。"),
            ("回购第三次", "包装严实，发货快，客服耐心，值得推荐。"),
            ("满意", "汤色清亮，耐泡，家里老人很喜欢。"),
        ),
        4: (
            ("不错", "茶叶好，就是快递慢了一天。"),
            ("值得买", "味道醇厚，罐子再精致一点就更好了。"),
        ),
        3: (
            ("一般", "香气偏淡，对得起这个价格吧。"),
            ("还行", "碎叶有点多，味道可以。"),
        ),
        2: (
            ("少发一盒", "订了三盒只到两盒，没有人告诉我。"),
            ("和描述不符", "写的是清香，喝起来是陈味。"),
        ),
        1: (
            ("壶有裂纹", "打开就发现壶嘴有裂纹，包装太薄。"),
            ("等了半个月", "催了三次才发货，节都过完了。"),
        ),
    },
}
_BEST = {
    "en": ("The smell when you open the bag", "The handwritten card", "Quick delivery"),
    "de": ("Der Duft", "Die Beratung am Telefon", "Die kleine Probe im Päckchen"),
    "zh": ("茶香", "发货快", "包装用心"),
}
_IMPROVE = {
    "en": ("Larger bags, please", "Pack the pots better", "Tell me when a parcel is late"),
    "de": ("Besser polstern", "Bitte melden, wenn etwas fehlt", "Größere Packungen"),
    "zh": ("包装再结实一点", "晚到请提前说一声", "希望有小样"),
}
_REFUND = {
    "en": ("Arrived damaged", "Parts were missing", "Did not like it"),
    "de": ("Beschädigt angekommen", "Es fehlte etwas", "Gefällt nicht"),
    "zh": ("收到时破损", "少发", "七天无理由"),
}
_NOTES = {
    "en": ("Asks for gift wrapping at Christmas.", "Prefers green tea, no smoky ones."),
    "de": ("Ruft lieber an, als zu schreiben.", "Bestellt für ein Büro mit acht Leuten."),
    "zh": ("送礼用，包装要好。", "只喝明前茶，新茶到了先告诉她。"),
}


def review(dice: Random, locale: str, rating: int) -> tuple[str, str]:
    """Find a title and a text for a review."""
    return dice.choice(_REVIEWS[_language(locale)][rating])


def survey_texts(dice: Random, locale: str, score: int) -> tuple[str, str]:
    """Find what was best and what to do better; the content have less to say."""
    best = dice.choice(_BEST[_language(locale)]) if score >= 3 else ""
    improve = dice.choice(_IMPROVE[_language(locale)]) if score <= 3 or dice.random() < 0.3 else ""
    return best, improve


def refund_reason(dice: Random, locale: str) -> str:
    """Find why somebody wants her money back."""
    return dice.choice(_REFUND[_language(locale)])


def note(dice: Random, locale: str) -> str:
    """Find what a seller would write down about a buyer."""
    return dice.choice(_NOTES[_language(locale)])


def _language(locale: str) -> str:
    language = locale[:2]
    return language if language in _REVIEWS else "en"
