"""RQ entry points of the coupons."""

from crm import clock
from crm.coupons import sweep


def sweep_coupons() -> int:
    """Expire coupons past their last day and withdraw those never told; gives how many."""
    return sweep.sweep_coupons(clock.now())
