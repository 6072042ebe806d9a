"""Measures `crm import` against a bare COPY of the very rows it wrote, in the same tables."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import Computed

from crm import clock, config, db
from crm.bench import Serve
from crm.bench.stage import stage
from crm.buyers.models import Buyer, Identity, Order, OrderItem
from crm.imports.files import running, runs
from crm.imports.files.models import DONE
from crm.stores.connect import NewStore, connect_store

_SIZE = 20_000
_TABLES: dict[str, tuple[type[Any], ...]] = {
    "buyers": (Buyer, Identity),
    "orders": (Order, OrderItem),
}
# Of ten orders, four are a buyer's who is known already.
_CROWD = 6


def measure(size: int | None, _serve: Serve) -> dict[str, Any]:
    """Import `size` buyers, then as many orders of theirs and of others; each against its floor."""
    chosen = size or _SIZE
    with stage(), tempfile.TemporaryDirectory() as folder:
        ours, floor = _connect("Ours"), _connect("Floor")
        buyers = _round("buyers", _write_buyers(Path(folder), chosen), (ours, floor))
        orders = _round("orders", _write_orders(Path(folder), chosen), (ours, floor))
        again = _import("buyers", Path(folder) / "buyers.csv", ours)
        memory = round(psutil.Process().memory_info().rss / 2**20, 1)
    whole = {
        "ratio": min(buyers["ratio"], orders["ratio"]),
        "rate": min(buyers["rate"], orders["rate"]),
        "floor_rate": min(buyers["floor_rate"], orders["floor_rate"]),
    }
    figures = {"bench": "import", "size": chosen, **whole}
    for kind, found in (("buyers", buyers), ("orders", orders)):
        figures |= {f"{kind}_{name}": value for name, value in found.items()}
    return {**figures, "again_rate": round(chosen / again, 1), "memory_mb": memory}


def _connect(name: str) -> int:
    new = NewStore(name, "standard", "EUR", "Europe/Berlin", country="DE")
    with db.session() as session:
        return connect_store(session, new, clock.real_now())[0].id


def _round(kind: str, path: Path, stores: tuple[int, int]) -> dict[str, float]:
    with path.open(encoding="utf-8") as lines:
        rows = sum(1 for _ in lines) - 1
    seconds = _import(kind, path, stores[0])
    floor = _copy(_TABLES[kind], stores)
    return {
        "ratio": round(floor / seconds, 3),
        "rate": round(rows / seconds, 1),
        "floor_rate": round(rows / floor, 1),
    }


def _import(kind: str, path: Path, store_id: int) -> float:
    began = time.perf_counter()
    brought = runs.Brought(kind, path, path.name, "bench")
    with db.session() as session:
        run = runs.open_file(session, store_id, brought, clock.now())
        runs.start(run, check=False, now=clock.now())
    ended = running.read_whole(run.id, path, clock.now(), lambda _run: None)
    seconds = time.perf_counter() - began
    if ended is None or ended.state != DONE or ended.refused:
        raise RuntimeError("the bench's own file was not taken whole")
    return seconds


def _copy(tables: tuple[type[Any], ...], stores: tuple[int, int]) -> float:
    """Copy what was written for one store to the other, as raw text; gives the seconds it took."""
    url = config.settings().database_url
    assert url is not None
    seconds = 0.0
    with psycopg.connect(url, autocommit=True) as connection:
        for table in tables:
            read, written = _statements(table, stores)
            kept: list[bytes] = []
            with connection.cursor().copy(read) as out:
                kept = [bytes(piece) for piece in out]
            began = time.perf_counter()
            with connection.transaction(), connection.cursor().copy(written) as into:
                for first in range(0, len(kept), 500):
                    into.write(b"".join(kept[first : first + 500]))
            seconds += time.perf_counter() - began
    return seconds


def _statements(table: type[Any], stores: tuple[int, int]) -> tuple[Any, Any]:
    columns = [
        column.name
        for column in table.__table__.columns
        if not isinstance(column.server_default, Computed)
    ]
    names = ", ".join(columns)
    said = ", ".join(str(stores[1]) if name == "store_id" else name for name in columns)
    read = f"COPY (SELECT {said} FROM {table.__tablename__} WHERE store_id = {stores[0]}) TO STDOUT"  # noqa: S608
    return read.encode(), f"COPY {table.__tablename__} ({names}) FROM STDIN".encode()


def _write_buyers(folder: Path, size: int) -> Path:
    head = (
        "id,email,phone,first_name,last_name,birthday,address.city,address.postcode,address.country"
    )
    return _write(folder / "buyers.csv", head, size, _buyer)


def _buyer(number: int) -> str:
    return (
        f"{number},buyer{number}@shop{number % 50}.example,0151 2{number:07d},Käthe{number},"
        f"Brandt{number % 97},19{50 + number % 50}-{1 + number % 12:02d}-{1 + number % 28:02d},"
        f"Lübeck,{23000 + number % 900},DE"
    )


def _write_orders(folder: Path, size: int) -> Path:
    head = (
        "id,number,placed_at,total,currency,payment_status,customer.id,customer.email,"
        "items.0.product_id,items.0.sku,items.0.title,items.0.quantity,items.0.total"
    )
    return _write(folder / "orders.csv", head, size, partial(_order, size * _CROWD // 10))


def _order(crowd: int, number: int) -> str:
    buyer = number * 7919 % max(crowd, 1)
    cents = 500 + number % 9000
    money = f"{cents // 100}.{cents % 100:02d}"
    return (
        f"{50_000 + number},#{number},2026-{1 + number % 9:02d}-{1 + number % 28:02d}T10:00:00Z,"
        f"{money},EUR,paid,{buyer},buyer{buyer}@shop{buyer % 50}.example,P{number % 40},"
        f"TEA-{number % 40:03d},Morning Assam,1,{money}"
    )


def _write(path: Path, head: str, size: int, line: Callable[[int], str]) -> Path:
    with path.open("w", encoding="utf-8") as kept:
        kept.write(f"{head}\n")
        kept.writelines(f"{line(number)}\n" for number in range(size))
    return path
