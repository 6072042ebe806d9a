"""The shelves of the two sample shops."""

from dataclasses import dataclass

from crm.demo.story import Product


@dataclass(frozen=True, slots=True)
class ShopSign:
    """A sample shop: what it is called, where it stands and what it sells."""

    key: str
    name: str
    platform: str
    currency: str
    timezone: str
    locale: str
    country: str
    first_order: int
    free_shipping_minor: int
    shipping_minor: int
    goods: tuple[Product, ...]


_EUROPE = (
    ("LJ", "Long Jing, spring harvest 50 g", 1690),
    ("BMD", "Bai Mu Dan white tea 40 g", 1450),
    ("TGY", "Tie Guan Yin, light roast 75 g", 1590),
    ("DHP", "Da Hong Pao rock oolong 50 g", 2490),
    ("PUS", "Pu-Erh sheng cake 2019, 200 g", 3890),
    ("PUR", "Pu-Erh shou tuo cha 100 g", 1290),
    ("JAS", "Jasmine pearls 60 g", 1350),
    ("KEE", "Keemun black tea 100 g", 1180),
    ("LAP", "Lapsang Souchong 100 g", 1240),
    ("CHR", "Chrysanthemum flowers 40 g", 790),
    ("OFR", "Ostfriesen-Mischung 250 g", 890),
    ("EGR", "Earl Grey with bergamot 125 g", 950),
    ("GWN", "Gaiwan, white porcelain", 2200),
    ("KAN", "Teekanne aus Gusseisen 0,6 l", 5400),
    ("CUP", "Two celadon cups", 1800),
    ("BOX", "Gift box: four teas to try", 2900),
)
_CHINA = (
    ("XHLJ", "西湖龙井 明前 50克", 16800),
    ("BLC", "洞庭碧螺春 100克", 19800),
    ("TGY", "安溪铁观音 清香 250克", 12800),
    ("DHP", "武夷大红袍 125克", 23800),
    ("PEB", "云南普洱生茶饼 357克", 26800),
    ("PES", "勐海普洱熟茶砖 250克", 9800),
    ("BHYZ", "福鼎白毫银针 50克", 21800),
    ("QM", "祁门红茶 特级 200克", 13800),
    ("MLHC", "茉莉花茶 250克", 6800),
    ("JH", "杭白菊 100克", 3900),
    ("GW", "白瓷盖碗", 8800),
    ("ZSH", "宜兴紫砂壶 200毫升", 46800),
    ("LPB", "中秋茶礼盒", 29800),
)


def _shelf(rows: tuple[tuple[str, str, int], ...]) -> tuple[Product, ...]:
    return tuple(Product(number, *row) for number, row in enumerate(rows, 11))


SHOPS = (
    ShopSign(
        key="tea-house",
        name="Tea House",
        platform="woocommerce",
        currency="EUR",
        timezone="Europe/Berlin",
        locale="en",
        country="DE",
        first_order=1001,
        free_shipping_minor=4900,
        shipping_minor=490,
        goods=_shelf(_EUROPE),
    ),
    ShopSign(
        key="qingshan-tea",
        name="Qingshan Tea",
        platform="standard",
        currency="CNY",
        timezone="Asia/Shanghai",
        locale="zh-Hans",
        country="CN",
        first_order=80001,
        free_shipping_minor=19900,
        shipping_minor=1200,
        goods=_shelf(_CHINA),
    ),
)
