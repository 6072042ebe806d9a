"""A store of any size for the bench of segments, written set by set into the product's tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection, sql

# Two days before New Year, so that a week of birthdays runs across it.
NOW = datetime(2026, 12, 29, 9, tzinfo=UTC)
_TABLES = ("orders", "order_items", "buyers", "messages", "tags", "consents")
# Orders come first: the roll-ups of a buyer are made from them, in the INSERT that makes her.
_STEPS = (
    "SELECT setseed(0.42)",
    """INSERT INTO orders (store_id, id, external_id, buyer_id, number, status, payment_status,
    fulfillment_status, placed_at, paid_at, currency, total_minor, discount_minor, refunded_minor,
    coupon_codes, test, refunds_seen, refunds_posted, version_at, version_rank, version_digest,
    created_at, updated_at)
    SELECT %(store)s, n, n::text, buyer, '#' || n, 'open', 'paid', 'delivered', at,
    CASE WHEN n %% 20 > 0 THEN at END, 'EUR', total, 0, CASE WHEN n %% 25 = 0 THEN total ELSE 0 END,
    '{}', false, '{}', '{}', at, 0, '', at, at
    FROM (SELECT row_number() OVER () AS n, buyer,
        %(now)s - pow(random(), 1.5) * interval '1100 days' AS at,
        (500 + 300 * exp(random() * 5))::bigint AS total
        FROM generate_series(1, %(size)s) AS buyer,
        generate_series(1, floor(exp(random() * random() * 3.2))::int - (buyer %% 7 = 0)::int)
    ) AS made""",
    """INSERT INTO order_items (store_id, order_id, product_id, title, quantity, unit_price_minor,
    total_minor)
    SELECT store_id, id, 'P' || floor(pow(random(), 2) * 200), 'Tea', 1, total_minor, total_minor
    FROM orders WHERE store_id = %(store)s""",
    """INSERT INTO buyers (store_id, id, email, first_name, last_name, birth_year, birth_month,
    birth_day, birth_calendar, city, country, attributes, sources, vip, tier, orders_count,
    spent_minor, refunded_minor, first_order_at, last_order_at, last_rating, open_cases, joined_at,
    created_at, updated_at)
    SELECT %(store)s, n, 'buyer' || n || '@shop.example', 'Ada' || n %% 997, 'Berg' || n %% 4999,
    1980, CASE WHEN n %% 5 < 2 THEN 1 + n / 5 %% 12 END,
    CASE WHEN n %% 5 < 2 THEN
        least(1 + n / 60 %% 31, CASE n / 5 %% 12 WHEN 1 THEN 28 ELSE 30 END) END,
    CASE WHEN n %% 50 = 0 THEN 'lunar' ELSE 'solar' END,
    (ARRAY['Berlin', 'Hamburg', 'Wien', 'Ulm', 'berlin', 'Graz', 'Bonn', NULL])[1 + n / 3 %% 8],
    (ARRAY['DE', 'AT', 'CH'])[1 + n %% 3], '{}', '{}', n %% 40 = 0, NULL, coalesce(sums.orders, 0),
    coalesce(sums.spent, 0), coalesce(sums.refunded, 0), sums.first_at, sums.last_at,
    CASE WHEN n %% 9 = 0 THEN 1 + (n / 9) %% 5 END, 0, %(now)s - interval '3 years',
    %(now)s, %(now)s
    FROM generate_series(1, %(size)s) AS n LEFT JOIN (
        SELECT buyer_id, count(*) AS orders, sum(total_minor - refunded_minor) AS spent,
        sum(refunded_minor) AS refunded, min(placed_at) AS first_at, max(placed_at) AS last_at
        FROM orders WHERE store_id = %(store)s AND counted GROUP BY buyer_id
    ) AS sums ON sums.buyer_id = n""",
    """INSERT INTO messages (store_id, campaign_id, occurrence, buyer_id, kind, channel,
    message_class, recipient, priority, content, state, attempts, not_before, expires_at,
    created_at, claimed_at, accepted_at)
    SELECT %(store)s, k, n::text, n, 'promotion', 'email', 'marketing', md5(n::text), 50, '{}',
    CASE WHEN n %% 30 = 0 THEN 'cancelled' ELSE 'accepted' END, 1, at, at + interval '3 days', at,
    at, CASE WHEN n %% 30 > 0 THEN at END
    FROM (SELECT n, k, %(now)s - random() * interval '400 days' AS at
        FROM generate_series(1, %(size)s) AS n, generate_series(1, 2 + n %% 2) AS k) AS made""",
    """INSERT INTO tags (store_id, buyer_id, tag, actor, created_at)
    SELECT %(store)s, n, (ARRAY['gift', 'wholesale', 'tea'])[1 + (n / 4) %% 3], 'bench', %(now)s
    FROM generate_series(1, %(size)s, 4) AS n""",
    """INSERT INTO consents (store_id, buyer_id, channel, status, basis, source, own_act,
    decided_at)
    SELECT %(store)s, n, 'email', CASE WHEN n %% 3 > 0 THEN 'granted' ELSE 'withdrawn' END,
    'consent', 'bench', true, %(now)s FROM generate_series(1, %(size)s) AS n WHERE n %% 10 < 8""",
)


def write(connection: Connection[Any], store_id: int, size: int) -> None:
    """Write a store of `size` buyers with some two orders and messages and a half each."""
    values = {"store": store_id, "size": size, "now": NOW}
    with _bare(connection):
        for step in _STEPS:
            connection.execute(step, values)
    for table in _TABLES:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


@contextmanager
def _bare(connection: Connection[Any]) -> Iterator[None]:
    """Take the indexes away for the block and build them again; rows are not checked meanwhile."""
    asked = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    AND tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
    indexes = connection.execute(asked, (list(_TABLES),)).fetchall()
    for name, _definition in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute("SET session_replication_role = replica")
    yield
    connection.execute("RESET session_replication_role")
    for _name, definition in indexes:
        connection.execute(definition)
