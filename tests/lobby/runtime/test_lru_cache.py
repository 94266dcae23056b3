"""The bounded cache."""

from __future__ import annotations

from lobby.runtime.lru_cache import LRUCache


def test_the_least_recently_used_value_is_dropped_first() -> None:
    cache = LRUCache[str, int](2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert list(cache.items()) == [("a", 1), ("c", 3)]


def test_peek_does_not_count_as_a_use() -> None:
    cache = LRUCache[str, int](2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.peek("a") == 1
    cache.put("c", 3)
    assert "a" not in cache
    assert cache.peek("a") is None


def test_putting_a_key_again_replaces_its_value_and_its_weight() -> None:
    cache = LRUCache[str, int](2, weight_max=10)
    cache.put("a", 1, weight=8)
    cache.put("a", 2, weight=3)
    assert (cache.get("a"), cache.weight, len(cache)) == (2, 3, 1)


def test_values_are_dropped_until_the_weight_is_within_its_bound() -> None:
    cache = LRUCache[str, int](10, weight_max=10)
    for key in "abc":
        cache.put(key, 1, weight=4)
    assert [key for key, _ in cache.items()] == ["b", "c"]
    assert cache.weight == 8


def test_a_value_heavier_than_the_bound_is_not_kept_and_displaces_no_other() -> None:
    cache = LRUCache[str, int](10, weight_max=10)
    cache.put("a", 1, weight=4)
    cache.put("b", 1, weight=11)
    assert (list(cache.items()), cache.weight) == ([("a", 1)], 4)


def test_a_popped_key_gives_its_weight_back() -> None:
    cache = LRUCache[str, int](10, weight_max=10)
    cache.put("a", 1, weight=4)
    assert cache.pop("a") == 1
    assert cache.pop("a") is None
    assert (len(cache), cache.weight) == (0, 0)
