"""JSON as strangers send it."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.web.fast.plans.generated.input_values import WRONG

_NAMES = st.sampled_from(("text", "number", "x", "point", "points", "class", "class_", "grid", "key", "unknown", ""))

ANY_JSON = st.recursive(
    st.sampled_from(WRONG)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


def deep(levels: int, name: str = "left") -> object:
    """Objects within objects, and lists within them."""
    value: object = {"name": "leaf"}
    for _ in range(levels):
        value = {"name": "branch", name: [value] if name == "right" else value}
    return value
