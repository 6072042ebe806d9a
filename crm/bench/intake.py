"""How fast webhooks come in: kept durably at the door, and all the way to facts."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import psutil
import psycopg
from sqlalchemy import text

from crm import clock, config, db
from crm.app import create_app
from crm.bench import Serve, door_floor, facts_floor, orders
from crm.bench.posting import Load, Timing, post
from crm.bench.servers import Server, running
from crm.bench.stage import cpu_seconds, stage
from crm.stores.connect import NewStore, connect_store
from crm.webhooks import process

SIZE = 3000
_ROUNDS = 6
# Orders applied in a row: what one turn of a worker takes.
_SHARE = 200
# What both sides must have written alike, or the figures would compare different work.
_WRITTEN = """SELECT (SELECT count(*) FROM identities WHERE store_id = :store),
(SELECT count(DISTINCT buyer_id) FROM tier_changes WHERE store_id = :store),
(SELECT (count(*), sum(total_minor), count(buyer_id))::text FROM orders WHERE store_id = :store),
(SELECT (count(*), sum(total_minor), sum(quantity))::text FROM order_items WHERE store_id = :store),
(SELECT (count(*), sum(orders_count), sum(spent_minor), min(first_order_at), max(last_order_at),
string_agg(tier, '' ORDER BY email))::text FROM buyers WHERE store_id = :store)"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A connected shop and its secret."""

    store_id: int
    slug: str
    secret: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours and the floor over the same work: rates per second, and per second of processor."""

    ours: float
    floor: float
    ours_per_cpu: float
    floor_per_cpu: float
    each: tuple[float, ...] = ()
    floor_each: tuple[float, ...] = ()


def measure(size: int | None, serve: Serve) -> dict[str, Any]:
    """Measure the intake of `size` webhooks; rates are per second, ratios are ours ÷ floor."""
    chosen = max(size or SIZE, _ROUNDS + 1)
    with stage() as postgres:
        shop, twin = _connect("Ours"), _connect("Floor")
        door, memory = _measure_door(serve, shop, postgres, chosen)
        whole = _measure_whole(twin, postgres, chosen)
        _compare(shop, twin)
    figures = {"bench": "intake", "size": chosen, **_figures(door, ""), **_answers(door)}
    return {**figures, "memory_mb": memory, **_figures(whole, "whole_")}


def _connect(name: str) -> Shop:
    new = NewStore(name, "woocommerce", orders.CURRENCY, "Europe/Berlin", country="DE")
    with db.session() as session:
        store, secret = connect_store(session, new, clock.real_now())
        return Shop(store.id, store.slug, secret)


def _measure_door(
    serve: Serve, shop: Shop, postgres: psutil.Process, size: int
) -> tuple[list[Pair], float]:
    with db.session() as session:
        session.execute(text(door_floor.TABLE))
    with ExitStack() as stack:
        ours = stack.enter_context(running(serve, create_app))
        floor = stack.enter_context(running(serve, partial(door_floor.create_app, shop.secret)))
        elsewhere = multiprocessing.get_context("spawn")
        poster = stack.enter_context(ProcessPoolExecutor(1, mp_context=elsewhere))

        def knock(server: Server, part: range) -> tuple[Timing, float]:
            load = Load(server.port, shop.slug, shop.secret, part, size)
            return _post(poster, load, (server.process, postgres))

        parts = _parts(size, -(-size // (_ROUNDS + 1)))
        pairs = [_pair(knock(ours, part), knock(floor, part)) for part in parts]
        return pairs[1:], ours.memory_mb()


def _post(poster: Executor, load: Load, watched: Sequence[psutil.Process]) -> tuple[Timing, float]:
    before = sum(map(cpu_seconds, watched))
    timing = poster.submit(post, load).result()
    return timing, sum(map(cpu_seconds, watched)) - before


def _measure_whole(twin: Shop, postgres: psutil.Process, size: int) -> list[Pair]:
    watched = (psutil.Process(), postgres)
    url = config.settings().database_url
    assert url is not None
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:

        def by_hand(bodies: Sequence[bytes]) -> None:
            for body in bodies:
                facts_floor.apply(connection, twin.store_id, body, clock.real_now())

        pairs = []
        for part in _parts(size, _SHARE):
            bodies = [orders.body(number, size) for number in part]
            ours = _time(lambda: process.drain(clock.real_now()), len(part), watched)
            floor = _time(partial(by_hand, bodies), len(part), watched)
            pairs.append(_pair(ours, floor))
    return pairs[1:] or pairs


def _parts(size: int, step: int) -> list[range]:
    return [range(first, min(first + step, size)) for first in range(0, size, step)]


def _time(
    work: Callable[[], object], units: int, watched: Sequence[psutil.Process]
) -> tuple[Timing, float]:
    before, began = sum(map(cpu_seconds, watched)), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return Timing(seconds, (seconds / units,) * units), sum(map(cpu_seconds, watched)) - before


def _pair(ours: tuple[Timing, float], floor: tuple[Timing, float]) -> Pair:
    (our_timing, our_cpu), (floor_timing, floor_cpu) = ours, floor
    units = len(our_timing.each)
    return Pair(
        ours=units / our_timing.seconds,
        floor=units / floor_timing.seconds,
        ours_per_cpu=units / max(our_cpu, 0.01),
        floor_per_cpu=units / max(floor_cpu, 0.01),
        each=our_timing.each,
        floor_each=floor_timing.each,
    )


def _figures(pairs: Sequence[Pair], name: str) -> dict[str, Any]:
    """Give medians: a round that something else on the machine disturbed does not count."""
    return {
        f"{name}ratio": round(median(pair.ours / pair.floor for pair in pairs), 3),
        f"{name}rate": round(median(pair.ours for pair in pairs), 1),
        f"{name}floor_rate": round(median(pair.floor for pair in pairs), 1),
        f"{name}cpu_ratio": round(
            median(pair.ours_per_cpu / pair.floor_per_cpu for pair in pairs), 3
        ),
    }


def _answers(pairs: Sequence[Pair]) -> dict[str, float]:
    ours = sorted(seconds for pair in pairs for seconds in pair.each)
    floor = sorted(seconds for pair in pairs for seconds in pair.floor_each)
    return {
        "p50_ms": _at(ours, 50),
        "p99_ms": _at(ours, 99),
        "floor_p50_ms": _at(floor, 50),
        "floor_p99_ms": _at(floor, 99),
    }


def _at(ordered: Sequence[float], percent: int) -> float:
    return round(ordered[len(ordered) * percent // 100] * 1000, 2)


def _compare(ours: Shop, floor: Shop) -> None:
    """Make sure that both wrote the same. Raises RuntimeError."""
    with db.session() as session:
        mine, theirs = (
            session.execute(text(_WRITTEN), {"store": shop.store_id}).one()
            for shop in (ours, floor)
        )
    if mine != theirs:
        raise RuntimeError(f"ours and the floor differ: {mine} and {theirs}")
