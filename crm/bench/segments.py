"""How fast segments are counted, each against SQL by hand on the same tables."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
import psycopg
from psycopg import Connection

from crm import clock, config, db
from crm.bench import Serve
from crm.bench.segments_floor import QUESTIONS, Question
from crm.bench.segments_rows import NOW, write
from crm.bench.stage import stage
from crm.segments import members
from crm.segments.nesting import read
from crm.segments.nightly import rfm
from crm.stores.connect import NewStore, connect_store
from crm.stores.models import Store

SIZE = 1_000_000
_ROUNDS = 11


@dataclass(frozen=True, slots=True)
class Turns:
    """A segment counted both ways: how many, seconds, and the floor's ÷ ours of a round."""

    count: int
    ours: float
    floor: float
    ratio: float


def measure(size: int | None, _serve: Serve) -> dict[str, Any]:
    """Count eight segments of `size` buyers; times are medians, ratios are floor's ÷ ours."""
    chosen = size or SIZE
    with stage():
        store_id = _connect()
        url = config.settings().database_url
        assert url is not None
        with psycopg.connect(url, autocommit=True) as connection:
            began = time.perf_counter()
            write(connection, store_id, chosen)
            with db.session() as session:
                rfm.draw(session, store_id, NOW)
            loaded = time.perf_counter() - began
            times = {
                name: _in_turns(connection, store_id, question)
                for name, question in QUESTIONS.items()
            }
        return {"bench": "segments", "size": chosen, **_figures(times), "load_s": round(loaded, 1)}


def _connect() -> int:
    new = NewStore("Bench", "woocommerce", "EUR", "Europe/Berlin", country="DE")
    with db.session() as session:
        store, _secret = connect_store(session, new, clock.real_now())
        return store.id


def _in_turns(connection: Connection[Any], store_id: int, question: Question) -> Turns:
    """Count a segment in rounds of ours and the floor. Raises RuntimeError if they disagree.

    Both have their connection open: what is timed is the way from a rule to its number.
    """
    values = {"store": store_id, "now": NOW}

    def by_hand() -> int:
        row = connection.execute(question.sql, values).fetchone()
        assert row is not None
        return int(row[0])

    with db.session() as session:
        store = session.get_one(Store, store_id)

        def ours() -> int:
            return members.count(session, store, read(session, store, question.rule), NOW)

        if ours() != by_hand():
            raise RuntimeError(f"ours and the floor differ: {question.rule}")
        return _turns(by_hand(), [_round(ours, by_hand, place) for place in range(_ROUNDS)])


def _turns(count: int, rounds: Sequence[tuple[float, float]]) -> Turns:
    return Turns(
        count=count,
        ours=median(one for one, _other in rounds),
        floor=median(other for _one, other in rounds),
        ratio=median(other / one for one, other in rounds),
    )


def _round(
    ours: Callable[[], object], floor: Callable[[], object], place: int
) -> tuple[float, float]:
    """Time both, each first in every other round: who comes second finds the memory warm."""
    if place % 2:
        theirs = _seconds(floor)
        return _seconds(ours), theirs
    return _seconds(ours), _seconds(floor)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _figures(times: Mapping[str, Turns]) -> dict[str, Any]:
    """Give medians: a round that something else on the machine disturbed does not count."""
    ours = sorted(turns.ours for turns in times.values())
    figures: dict[str, Any] = {
        "ratio": round(min(turns.ratio for turns in times.values()), 3),
        "rate": round(len(ours) / sum(ours), 2),
        "floor_rate": round(len(ours) / sum(turns.floor for turns in times.values()), 2),
        "p50_ms": round(median(ours) * 1000, 2),
        "p99_ms": round(ours[-1] * 1000, 2),
        "memory_mb": round(psutil.Process().memory_info().rss / 2**20, 1),
    }
    for name, turns in times.items():
        figures[f"{name}_buyers"] = turns.count
        figures[f"{name}_ms"] = round(turns.ours * 1000, 2)
        figures[f"{name}_floor_ms"] = round(turns.floor * 1000, 2)
        figures[f"{name}_ratio"] = round(turns.ratio, 3)
    return figures
