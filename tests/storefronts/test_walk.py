"""Walking a list by time comes to an end, whatever times its things have."""

import json
from datetime import timedelta

from crm.storefronts import Asked
from crm.storefronts._neutral.walk import first_step, next_bookmark
from tests.factories import NOW

JUST_BEFORE = NOW - timedelta(microseconds=400)


def test_a_page_that_ends_where_it_began_is_passed_over_by_count() -> None:
    times = [JUST_BEFORE] + [NOW] * 99
    bookmark = next_bookmark(first_step(Asked("orders", None), NOW), times, full=True, total=None)
    assert bookmark
    kept = json.loads(bookmark)
    assert 0 < kept["skip"] < len(times)
    again = first_step(Asked("orders", None, bookmark), None)
    assert again.at == NOW
    following = next_bookmark(again, times, full=True, total=None)
    assert following
    assert json.loads(following)["skip"] > kept["skip"]
