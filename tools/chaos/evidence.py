"""The evidence of a run: the mutations that players sent, and everything that the servers answered and sent to them.

Players only add to it. The checks read it when the run is over.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple
from zlib import compress, decompress

from tools.chaos.json_value import Json, canonical, parse

FAILURES_MAX = 1_000
"""A bound for memory: a thousand failures say as much as more of them."""
DIGEST_BYTES = 16

Content = bytes
"""The key of one value in `Contents`: its digest."""

LATEST, UNKNOWN = "", "?"
"""Used in place of an epoch: `LATEST` is the epoch of the latest log of the party. `UNKNOWN` is the epoch of any of its logs,
because the answer had no cursor."""


def epoch_of(cursor: str) -> str:
    """The part of a cursor that names the log, such as "k3" of "k3-19b2.7". A restored backup gives a party's log another one."""
    return sys.intern(cursor.partition(".")[0].partition("-")[0])


class Contents:
    """A store of JSON values that keeps equal values once, compressed.

    Many followers receive the same frames; a quarter of an hour of separate copies would not fit in memory.
    """

    def __init__(self) -> None:
        self._values: dict[Content, bytes] = {}

    def __len__(self) -> int:
        return len(self._values)

    def keep(self, value: object) -> Content:
        """Add a value, and return its key."""
        text = canonical(value)
        key = blake2b(text, digest_size=DIGEST_BYTES).digest()
        if key not in self._values:
            self._values[key] = compress(text, level=1)
        return key

    def value(self, key: Content) -> object:
        return parse(decompress(self._values[key]))


@dataclass(frozen=True, slots=True)
class Response:
    """The response to one copy of a mutation's request. `party_id` and `seq` are set for an accepted one."""

    accepted: bool
    content: Content
    code: str | None = None
    """The code of a Rejection."""
    party_id: str | None = None
    seq: int = 0
    replayed: bool = False
    after_acceptance: bool = False
    """True if the player had already received an acceptance of this mutation when it sent the copy."""
    epoch: str = LATEST
    """The epoch of the cursor in an acceptance."""
    sent_era: int = 0
    era: int = 0
    """`Evidence.era` when the copy was sent, and when the response arrived."""
    received_at_s: float = 0.0
    """By the monotonic clock."""


@dataclass(slots=True, eq=False)
class SentMutation:
    """One mutation under one idempotency key, with the responses to all copies of its request."""

    number: int
    actor_id: str
    operation: str
    """The operation's name in `client_queries/`."""
    input: Json
    mark: str | None = None
    """A text that only this mutation carries, and its entry in the log too; None if the mutation has no field for one."""
    responses: list[Response] = field(default_factory=list)
    unanswered: int = 0
    """The number of copies that were sent, at least in part, and got no response."""

    @property
    def first_acceptance(self) -> Response | None:
        return next((response for response in self.responses if response.accepted), None)

    @property
    def is_outcome_unknown(self) -> bool:
        """True if no copy was accepted, but a copy without a response may still have been executed."""
        return self.first_acceptance is None and self.unanswered > 0

    def __str__(self) -> str:
        return f"mutation {self.number}, {self.operation} of {self.actor_id}"


class Ending(Enum):
    """How a stream session ended."""

    OPEN = "open"
    """The player still followed the party when the run ended."""
    REMOVED = "removed"
    """The server sent Removed."""
    REFUSED = "refused"
    """The server answered that there is nothing to follow."""
    GIVEN_UP = "given up"
    """The player stopped because of an unexpected answer."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stream. `subscription` is the index of the subscription in the stream session, from 0."""

    subscription: int
    kind: str
    seq: int
    content: Content
    epoch: str = LATEST


@dataclass(slots=True, eq=False)
class StreamSession:
    """All frames that one device of one player received about one party, in their order, over all its subscriptions."""

    player_id: str
    party_id: str
    device: str
    resumed_after: list[int | None] = field(default_factory=list)
    """By subscription: the seq of the cursor that it resumed from; None without a cursor."""
    frames: list[Frame] = field(default_factory=list)
    ending: Ending = Ending.OPEN
    start_epoch: str = LATEST
    """The epoch of the cursor of the first subscription."""

    def __str__(self) -> str:
        return f"{self.device} in party {self.party_id}"


class ObservationKind(Enum):
    PARTY = "party"
    """A party in the answer of a query, or in a rejection."""
    ANSWER = "answer"
    """The answer of an accepted mutation."""
    HISTORY = "history"
    """One entry of `partyHistory`."""


class Observation(NamedTuple):
    """A party at `seq` as the server showed it to `viewer_id` outside the streams."""

    kind: ObservationKind
    party_id: str
    seq: int
    viewer_id: str
    content: Content
    epoch: str = LATEST


@dataclass(slots=True)
class Evidence:
    """Everything that the players of a run recorded."""

    contents: Contents = field(default_factory=Contents)
    mutations: list[SentMutation] = field(default_factory=list)
    streams: list[StreamSession] = field(default_factory=list)
    observations: set[Observation] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """Answers and exits that no server should ever give, in words."""
    heads: dict[str, int] = field(default_factory=dict)
    """By party that was live at the end: the seq that every open stream must have reached."""
    era: int = 0
    """The number of restores of the store so far: it changes while no server runs."""

    @property
    def lost_acceptances(self) -> int:
        """The number of mutations that were executed, and whose first response was lost: the player first saw a replay."""
        acceptances = (mutation.first_acceptance for mutation in self.mutations)
        return sum(acceptance.replayed for acceptance in acceptances if acceptance is not None)

    def begin_mutation(self, actor_id: str, operation: str, fields: Json, mark: str | None) -> SentMutation:
        """Record a mutation before its first copy is sent."""
        mutation = SentMutation(len(self.mutations) + 1, actor_id, operation, fields, mark)
        self.mutations.append(mutation)
        return mutation

    def begin_stream(self, player_id: str, party_id: str, device: str) -> StreamSession:
        """Record that a device begins to follow a party."""
        stream = StreamSession(player_id, party_id, device)
        self.streams.append(stream)
        return stream

    def observe_party(self, viewer_id: str, party: Json) -> None:
        """Record a party that an answer showed."""
        self.observe(ObservationKind.PARTY, party["id"], party["version"], viewer_id, party)

    def observe(self, kind: ObservationKind, party_id: str, seq: int, viewer_id: str, value: Json) -> None:
        epoch = epoch_of(_cursor(kind, value))
        self.observations.add(Observation(kind, party_id, seq, viewer_id, self.contents.keep(value), epoch))

    def record_failure(self, text: str) -> None:
        """Record something that a server should never answer or do."""
        if len(self.failures) < FAILURES_MAX:
            self.failures.append(text)

    def party_ids(self) -> set[str]:
        """The ids of all parties that any player has seen."""
        answered = {
            response.party_id
            for mutation in self.mutations
            for response in mutation.responses
            if response.party_id is not None
        }
        return (
            answered
            | {stream.party_id for stream in self.streams}
            | {observation.party_id for observation in self.observations}
        )


def _cursor(kind: ObservationKind, value: Json) -> str:
    shown = value["party"] if kind is ObservationKind.ANSWER else value
    cursor: str = shown.get("cursor", UNKNOWN)  # a party of a list has no cursor
    return cursor
