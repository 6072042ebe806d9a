"""Runs campaigns: whose turn it is, what was decided, and when a campaign is over.

The ledger is the cursor: a candidate is somebody without a decision, so a run may be killed,
repeated or overlapped anywhere and every buyer still gets exactly one decision.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db, failpoints, queue
from crm.campaigns.audience import Candidate, plan_of, read_candidates, undecided
from crm.campaigns.deliberate import Bench, deliberate
from crm.campaigns.kinds import PACKAGE
from crm.campaigns.ledger import change_decision, record_decisions, waiting
from crm.campaigns.models import Campaign, Decision
from crm.campaigns.queries import hold
from crm.instance import is_held
from crm.messages.models import Message
from crm.registry import get_plugin
from crm.stores.models import Store
from crm.stores.settings import read_settings

BATCH = 500
SECONDS_A_RUN = 10.0
_UNSETTLED = ("queued", "deferred", "claimed", "in_flight")
_SEND = "crm.messages.jobs.send_due"
_log = structlog.get_logger(__name__)


def run_due(now: datetime) -> int:
    """Decide whatever is due in all running campaigns, important ones first; count decisions."""
    until = monotonic() + SECONDS_A_RUN
    with db.session() as session:
        running = [] if is_held(session) else _running(session)
    return sum(_run_alone(store_id, campaign_id, until, now) for store_id, campaign_id in running)


def _running(session: Session) -> list[tuple[int, int]]:
    asked = (
        select(Campaign.store_id, Campaign.id)
        .where(Campaign.state == "running")
        .order_by(Campaign.priority.desc(), Campaign.id)
    )
    return [(row.store_id, row.id) for row in session.execute(asked)]


def _run_alone(store_id: int, campaign_id: int, until: float, now: datetime) -> int:
    try:
        return _run(store_id, campaign_id, until, now)
    except Exception:  # noqa: BLE001 - one campaign must not stand in the way of all others
        _log.exception("a campaign could not be run", campaign=campaign_id)
        return 0


def _run(store_id: int, campaign_id: int, until: float, now: datetime) -> int:
    done = 0
    for step in (_decide_new, _decide_again):
        while monotonic() < until:
            count = _in_turn(store_id, campaign_id, step, now)
            done += count
            if count < BATCH:
                break
    if done:
        failpoints.hit("after_decide_commit")
        queue.ring(_SEND)
    _in_turn(store_id, campaign_id, _finish, now)
    return done


def _in_turn(
    store_id: int,
    campaign_id: int,
    step: Callable[[Session, Bench, datetime], int],
    now: datetime,
) -> int:
    """Do one step of a campaign in a transaction of its own, unless somebody else is at it."""
    with db.session() as session:
        if not session.scalar(select(func.pg_try_advisory_xact_lock(4711, campaign_id))):
            return 0
        campaign = hold(session, session.get_one(Campaign, (store_id, campaign_id)))
        if campaign.state != "running":
            return 0
        store = session.get_one(Store, store_id)
        return step(session, Bench(store, campaign, read_settings(store)), now)


def _decide_new(session: Session, bench: Bench, now: datetime) -> int:
    campaign = bench.campaign
    due = get_plugin(PACKAGE, campaign.kind).due(plan_of(bench.store, campaign), now)
    if due is None:
        return 0
    asked = undecided(session, bench.store, campaign, due, now)
    candidates = read_candidates(session, asked, BATCH)
    record_decisions(session, campaign, deliberate(session, bench, candidates, now), now)
    if len(candidates) < BATCH and due.closes:
        campaign.occurrence_done = due.closes
    return len(candidates)


def _decide_again(session: Session, bench: Bench, now: datetime) -> int:
    decisions = waiting(session, bench.campaign, BATCH, now)
    by_candidate = {_candidate(decision): decision for decision in decisions}
    judged = deliberate(session, bench, list(by_candidate), now)
    for candidate, (verdict, message_id) in judged.items():
        change_decision(session, by_candidate[candidate], verdict, message_id, now)
    return len(decisions)


def _candidate(decision: Decision) -> Candidate:
    return Candidate(
        buyer_id=decision.buyer_id,
        occurrence=decision.occurrence,
        order_id=decision.about.get("order_id"),
        due_at=decision.due_at,
        expires_at=decision.expires_at,
    )


def _finish(session: Session, bench: Bench, now: datetime) -> int:
    """End a campaign once nothing will come any more and everything it sent is settled."""
    campaign = bench.campaign
    kind = get_plugin(PACKAGE, campaign.kind)
    if kind.is_over(plan_of(bench.store, campaign), now) and not _open_ends(session, campaign):
        campaign.state, campaign.finished_at = "finished", now
    return 0


def _open_ends(session: Session, campaign: Campaign) -> bool:
    deferred = select(Decision.id).where(
        Decision.store_id == campaign.store_id,
        Decision.campaign_id == campaign.id,
        Decision.outcome == "deferred",
    )
    unsettled = select(Message.id).where(
        Message.store_id == campaign.store_id,
        Message.campaign_id == campaign.id,
        Message.state.in_(_UNSETTLED),
    )
    return bool(session.scalar(select(deferred.exists() | unsettled.exists())))
