"""A resource of the API: every action names its permission, its forms and the shape it answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema
from sqlalchemy.orm import Session

from crm import clock, db, queue
from crm.access import idempotency
from crm.access.roles import Actor, require
from crm.api.wire.auth import get_actor
from crm.api.wire.describe import list_of, schema_of
from crm.api.wire.parser import StrictParser
from crm.errors import Rejected
from crm.i18n import gettext as _

PREFIX = "/api/v1"
_LONGEST_KEY = 200
_ONCE = {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string"}}


@dataclass(frozen=True)
class Call:
    """One request, checked: its transaction, who asks, when, and what with."""

    session: Session
    actor: Actor
    now: datetime
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """What an action asks for and gives; `rings` is a job to wake once its transaction stands.

    `gives` is the shape of the answer, or of one row when `many`.
    """

    needs: str
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    gives: Any = None
    many: bool = False
    status: int = 200
    rings: str | None = None


@dataclass(frozen=True)
class AfterCommit:
    """What a view leaves to do on the network once its transaction stands; gives the answer."""

    run: Callable[[], Any]


View = Callable[..., Any]


class Resource(Blueprint):  # type: ignore[misc]
    """A flask-smorest blueprint whose views are three moves: checked call in, verb, shape out."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, about: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=about)
        self.shapes: list[Any] = []

    def action(self, rule: str, action: Action) -> Callable[[View], View]:
        """Register a view for "METHOD /path"."""
        method, _space, path = rule.partition(" ")

        def register(view: View) -> View:
            stack = _answering(view, action)
            if action.query is not None:
                stack = self.arguments(action.query, location="query", arg_name="query")(stack)
            if action.body is not None:
                stack = self._take_body(action.body)(stack)
            if method == "POST":
                stack = self.doc(parameters=[_ONCE])(stack)
            stack = self.response(action.status, self._describe(action))(stack)
            guarded = _guarded(stack, action.needs)
            vars(guarded).update(needs=action.needs, body_form=action.body, query_form=action.query)
            self.route(path, methods=[method])(guarded)
            return view

        return register

    def _take_body(self, form: type[Schema]) -> Callable[[View], View]:
        required = any(field.required for field in form().fields.values())
        take: Callable[[View], View] = self.arguments(form, required=required, arg_name="body")
        return take

    def _describe(self, action: Action) -> dict[str, Any] | None:
        if action.gives is None:
            return None
        self.shapes.append(action.gives)
        return list_of(action.gives) if action.many else schema_of(action.gives)


def _guarded(view: View, permission: str) -> View:
    """Ask for the key and the role before anything of the request is read."""

    @wraps(view)
    def guarded(**places: Any) -> Any:
        actor = get_actor()
        require(actor, permission)
        return view(actor=actor, **places)

    return guarded


def _answering(view: View, action: Action) -> View:
    """Run a view in one transaction, once for each Idempotency-Key, then ring."""

    @wraps(view)
    def answering(actor: Actor, **given: Any) -> Response:
        forms = {name: given.pop(name, {}) for name in ("body", "query")}
        once = _once(actor)
        with db.session() as session:
            call = Call(session, actor, clock.now(), **forms)
            kept = _kept(session, once)
            result = kept or view(call, **given)
            if not isinstance(result, AfterCommit):
                session.flush()
                answer = kept or _keep(session, once, _answer(result, action.status))
        if isinstance(result, AfterCommit):
            answer = _answer(result.run(), action.status)
            with db.session() as session:
                _keep(session, once, answer)
        if action.rings:
            queue.ring(action.rings)
        return answer

    return answering


def _once(actor: Actor) -> idempotency.Once | None:
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None or actor.id is None:
        return None
    if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        wanted = _("Send 1 to %(most)s printable characters.", most=_LONGEST_KEY)
        raise Rejected(_("The Idempotency-Key cannot be used."), {"Idempotency-Key": wanted})
    print_ = idempotency.fingerprint(
        request.method, request.full_path, request.get_data(cache=True)
    )
    return idempotency.Once(actor.id, key, print_)


def _kept(session: Session, once: idempotency.Once | None) -> Response | None:
    kept = idempotency.find_answer(session, once, clock.real_now()) if once else None
    if kept is None:
        return None
    answer = Response(kept.body, kept.status, mimetype="application/json")
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _keep(session: Session, once: idempotency.Once | None, answer: Response) -> Response:
    if once is not None:
        kept = idempotency.KeptAnswer(answer.status_code, answer.get_data(as_text=True))
        idempotency.keep_answer(session, once, kept, clock.real_now())
    return answer


def _answer(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    body = b"" if result is None else json.dumps(result, ensure_ascii=False).encode()
    return Response(body, status, mimetype="application/json")
