"""The desk a screen works at: one transaction, the reader, her stores and the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from crm import clock, db, queue
from crm.access.roles import Actor, allows, require
from crm.panel.frame import NoStore
from crm.stores.models import Store
from crm.stores.privacy import count_open
from crm.stores.queries import list_stores
from crm.stores.zones import zone

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Desk:
    """What a view has at hand; the transaction ends when the view has answered."""

    session: Session
    actor: Actor
    stores: tuple[Store, ...]
    chosen: Store | None
    now: datetime
    # Privacy requests that wait for an answer, for the shelf.
    requests: int = 0
    bells: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The store the reader is in. Raises NoStore before the first one is connected."""
        if self.chosen is None:
            raise NoStore
        return self.chosen

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return zone(self.chosen) if self.chosen else ZoneInfo("UTC")

    def may(self, permission: str) -> bool:
        """Tell whether the reader's role covers a permission."""
        return allows(self.actor, permission)

    def end(self) -> None:
        """Commit now, before the network is asked; nothing can be read or written after it."""
        self.session.commit()

    def ring(self, job: str) -> None:
        """Ring a doorbell once the transaction has been committed."""
        self.bells.append(job)


def screen(permission: str) -> Callable[[View], View]:
    """Make a view of the signed-in reader who holds `permission`; it gets a Desk first."""

    def wrap(view: View) -> View:
        @wraps(view)
        def opened(**parts: Any) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return _to_the_door()
            with db.session() as opened_session:
                desk = _sit_down(opened_session)
                answer = _work(view, permission, desk, parts)
            for job in desk.bells:
                queue.ring(job)
            return answer

        opened.permission = permission  # type: ignore[attr-defined]
        return opened

    return wrap


def _work(view: View, permission: str, desk: Desk, parts: dict[str, Any]) -> ResponseReturnValue:
    try:
        require(desk.actor, permission, desk.chosen.id if desk.chosen else None)
        return view(desk, **parts)
    except Exception:
        # The page that says what went wrong still names the stores, after the rollback.
        for store in desk.stores:
            desk.session.expunge(store)
        raise


def _to_the_door() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):  # a part of a page: the whole page goes to the door
        return Response(headers={"HX-Redirect": url_for("panel.sign_in")})
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("panel.sign_in", next=wanted if wanted != "/" else None), 303)


def _sit_down(opened: Session) -> Desk:
    actor = current_user.actor
    stores = tuple(list_stores(opened, actor.store_ids))
    requests = _open_requests(opened, actor, stores)
    desk = Desk(opened, actor, stores, _chosen(stores), clock.now(), requests)
    g.desk = desk
    return desk


def _open_requests(opened: Session, actor: Actor, stores: tuple[Store, ...]) -> int:
    if not stores or not allows(actor, "privacy.read"):
        return 0
    return count_open(opened, [store.id for store in stores])


def _chosen(stores: tuple[Store, ...]) -> Store | None:
    """Pick the store of the request, else of the session, else the first one."""
    wanted = request.args.get("store") or session.get("store")
    found = next((store for store in stores if store.slug == wanted), None)
    if found is not None and session.get("store") != found.slug:
        session["store"] = found.slug
    return found or next(iter(stores), None)
