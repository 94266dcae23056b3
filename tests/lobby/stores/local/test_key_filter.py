"""The filter never denies a key that was used."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby.domain.bounds import HOUR_MS
from lobby.stores.key_filter import KeyFilter

DIGESTS = st.integers(0, 2**63 - 1)


@settings(deadline=None)
@given(st.dictionaries(DIGESTS, st.integers(0, 30 * HOUR_MS)), st.integers(0, 30 * HOUR_MS))
def test_every_key_used_since_is_known(used: dict[int, int], before: int) -> None:
    keys = KeyFilter()
    for digest, at in used.items():
        keys.add(digest, at)
    keys.forget(before)
    assert all(keys.may_have(digest) for digest, at in used.items() if at > before)


def test_a_key_is_forgotten_with_its_hour() -> None:
    keys = KeyFilter()
    keys.add(7, HOUR_MS)
    keys.forget(2 * HOUR_MS - 1)
    assert keys.may_have(7)
    keys.forget(2 * HOUR_MS)
    assert not keys.may_have(7)
