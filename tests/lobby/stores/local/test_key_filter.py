"""The filter never says of a used key that it was not used."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.bounds import HOUR_MS
from lobby.stores.local.idempotency_records import KeyFilter

DIGESTS = st.integers(0, 2**63 - 1)


@settings(deadline=None)
@given(st.dictionaries(DIGESTS, st.integers(0, 30 * HOUR_MS)), st.integers(0, 30 * HOUR_MS))
def test_every_key_that_was_used_later_is_known(used: dict[int, int], before: int) -> None:
    keys = KeyFilter()
    for digest, at in used.items():
        keys.add(digest, at)
    keys.forget(before)
    assert all(keys.may_have(digest) for digest, at in used.items() if at > before)


def test_a_key_is_forgotten_when_its_hour_is_over() -> None:
    keys = KeyFilter()
    keys.add(7, HOUR_MS)
    keys.forget(2 * HOUR_MS - 1)
    assert keys.may_have(7)
    keys.forget(2 * HOUR_MS)
    assert not keys.may_have(7)
