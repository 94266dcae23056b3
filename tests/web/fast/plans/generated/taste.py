"""Preferences for generated documents over a schema, so that they request existing things."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

BUILT_IN: dict[str, Sequence[object]] = {
    "Int": (1, 0, 2, -1, 5, 7, 20, 2**31 - 1),
    "Float": (1.5, 2, -0.25, 1e3),
    "Boolean": (True, False),
    "String": ("a", "", 'say "hi"\n\\ \u00e9\U0001f600', "true", "7"),
    "ID": ("id1", "7", 7, ""),
}
"""Right values by type, as JSON has them."""


@dataclass(frozen=True, slots=True)
class Taste:
    values: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Right values of leaf types, in place of or besides the built-in ones."""
    only_json: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Values that validation refuses in a document, and that may come in variables for all that."""
    rare: Callable[[str], bool] = lambda name: False
    """Fields that most documents should do without, since they fail."""

    def literals(self, type_name: str) -> Sequence[object]:
        return self.values.get(type_name) or BUILT_IN[type_name]

    def json(self, type_name: str) -> Sequence[object]:
        return (*self.literals(type_name), *self.only_json.get(type_name, ()))
