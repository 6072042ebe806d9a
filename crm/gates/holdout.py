"""Who is left out so that the effect can be measured: a hash, so nobody changes sides. Pure."""

import hashlib

_STEPS = 10_000


def is_held_out(store_id: int, buyer_id: int, campaign_id: int | None, percent: int) -> bool:
    """Tell whether a buyer is in the holdout of a campaign, or of the store (campaign None)."""
    if percent <= 0:
        return False
    key = f"holdout/{store_id}/{campaign_id or 'store'}/{buyer_id}".encode()
    step = int.from_bytes(hashlib.sha256(key).digest()[:8]) % _STEPS
    return step < percent * _STEPS // 100
