"""About how many bytes values take, for bounds on memory and on what players write.

Attributes are nearly all of a large party: a party has room for 120 of them with a kilobyte each, and 3 KB of everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from lobby.domain.model import Attributes, Party

PARTY_BYTES = 3_000
"""A party without attributes, as JSON or as objects."""
RECORD_BYTES = 300
"""An idempotency record on the disk."""
ENTRY_BYTES = 1_000
"""An entry without attributes in memory: it shares most of its party with the entry before."""


_ATTRIBUTES = attrgetter("attributes")
"""For all members at once: a comprehension takes longer, and each mutation asks three times."""


def party_bytes(party: Party) -> int:
    """A whole party, as JSON or as objects."""
    return PARTY_BYTES + attribute_chars(attributes_of(party))


def entry_bytes(party: Party, before: Party | None) -> int:
    """An entry that led to `party`, in memory, besides what it shares with the party `before` it."""
    found = attributes_of(party)
    shared = attributes_of(before) if before is not None else []
    if found == shared:  # as nearly always
        return ENTRY_BYTES
    known = set(map(id, shared))
    return ENTRY_BYTES + attribute_chars([attributes for attributes in found if id(attributes) not in known])


def written_bytes(party: Party) -> int:
    """The size of a commit that leads to `party`: a commit writes an entry, and the whole party with it."""
    return ENTRY_BYTES + party_bytes(party)


def attribute_chars(found: Iterable[Attributes]) -> int:
    chars = 0
    for attributes in found:  # each mutation asks three times, and the generators of a sum would take longer
        for attribute in attributes:
            chars += len(attribute.key) + len(attribute.value)
    return chars


def attributes_of(party: Party) -> list[Attributes]:
    """The attributes of the party, its members and its session, where there are any."""
    found = [*filter(None, map(_ATTRIBUTES, party.members))]
    if party.attributes:
        found.append(party.attributes)
    if party.session is not None and party.session.attributes:
        found.append(party.session.attributes)
    return found
