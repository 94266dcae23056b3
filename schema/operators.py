"""The types for operators: the node that answers, its last hour, who is throttled, the settings, and all live parties."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from strawberry import ID

from lobby.app.node_monitor import Sample
from lobby.app.party_search import FoundPage, FoundParty
from schema.lists import PageInfo
from schema.player import Player
from schema.scalars_and_enums import DateTime, GameType, PartyState, Visibility, described


@strawberry.type(description="The key that the caller has sent. With an operator key or moderator key.")
class OperatorKey:
    name: str = strawberry.field(
        description="In the log of moderation: the name of a moderator's key; of an operator's the first 8 digits of its hash."
    )
    is_moderator: bool = strawberry.field(description="True: the caller may act, with the mutations of moderators.")


@strawberry.type(description="The node that answers. With an operator key or moderator key.")
class NodeStatus:
    id: str = strawberry.field(description="Another one after each start.")
    version: str
    time: DateTime
    started_at: DateTime
    uptime_s: float
    problem: str | None = strawberry.field(description="Why the node is not ready, see /readyz; null: it is.")
    connections: int = strawberry.field(description="Open sockets and event streams.")
    followers: int = strawberry.field(description="Live subscriptions to parties.")
    searches: int = strawberry.field(description="Searches that wait for a match; 0 on nodes without the matchmaker.")
    loop_lag_ms: float = strawberry.field(
        description="The longest time in the last minute for which the event loop was late."
    )
    store: StoreStatus


@strawberry.type(description="The store, which nodes may share. Its counts are null while it cannot be asked.")
class StoreStatus:
    kind: str = strawberry.field(description="memory, sqlite or valkey.")
    is_up: bool
    parties: int | None = strawberry.field(description="Live parties.")
    sessions: int | None = strawberry.field(description="Sessions that wait or run.")
    saved_runs: int | None


@strawberry.type(description="What the node that answers has done in some seconds up to `at`.")
class LoadSample:
    at: DateTime
    seconds: float = strawberry.field(description="About 10, less for the last one.")
    commands: int = strawberry.field(description="Mutations, and commands of the server itself.")
    rejections: int
    commits: int
    commit_p50_ms: float | None = strawberry.field(
        description="Half of the commits were durable within this time; null without commits."
    )
    commit_p99_ms: float | None = strawberry.field(description="The same for 99 of 100.")
    operations: int = strawberry.field(description="Queries and mutations of GraphQL.")
    operation_p50_ms: float | None = strawberry.field(description="The time of half of them; null without any.")
    operation_p99_ms: float | None
    loop_lag_ms: float = strawberry.field(description="The longest time for which the event loop was late.")
    connections: int
    followers: int

    @classmethod
    def of(cls, sample: Sample) -> LoadSample:
        return cls(
            at=DateTime(sample.at),
            seconds=sample.seconds,
            commands=sample.commands,
            rejections=sum(sample.rejections.values()),
            commits=sample.commits,
            commit_p50_ms=sample.commit_p50_ms,
            commit_p99_ms=sample.commit_p99_ms,
            operations=sample.operations,
            operation_p50_ms=sample.operation_p50_ms,
            operation_p99_ms=sample.operation_p99_ms,
            loop_lag_ms=sample.loop_lag_ms,
            connections=sample.gauges.connections,
            followers=sample.gauges.followers,
        )


@strawberry.type(description="How often a rejection has come in the last hour.")
class RejectionCount:
    code: str
    count: int


@strawberry.type(description="The last hour of the node that answers. With an operator key or moderator key.")
class NodeLoad:
    samples: list[LoadSample] = strawberry.field(
        description="At most 361, the oldest first. The last one is not over yet."
    )
    rejections: list[RejectionCount] = strawberry.field(description="At most 100, the most frequent first.")

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> NodeLoad:
        counts: dict[str, int] = {}
        for sample in samples:
            for code, count in sample.rejections.items():
                counts[code] = counts.get(code, 0) + count
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:REJECTION_CODES_MAX]
        return cls(
            samples=[LoadSample.of(sample) for sample in samples],
            rejections=[RejectionCount(code=code, count=count) for code, count in ordered],
        )


REJECTION_CODES_MAX = 100


@strawberry.type(
    description="A player or an address that a rate limit has made to wait, on this node. With an operator key or moderator key."
)
class ThrottledClient:
    limit: str = strawberry.field(
        description="requests, fields, new documents, errors, written bytes, mutations, or the name of a kind of mutation."
    )
    client: str = strawberry.field(description="The id of a player, or an address.")
    count: int = strawberry.field(description="Requests that were refused or delayed.")
    wait_ms: float = strawberry.field(description="The wait of the last of them.")
    since: DateTime
    last_at: DateTime


@strawberry.type(description="A setting of the node that answers. With an operator key or moderator key.")
class SettingInForce:
    name: str = strawberry.field(description="The environment variable.")
    value: str = strawberry.field(description="As the variable would have it. Secrets and hashes of keys are masked.")
    is_default: bool


@strawberry.type(
    description=(
        "A live party of any visibility, or one found by its id. Its members and messages are in `party` and `partyHistory`: "
        "reading those of a party that is not PUBLIC is in the log of moderation. With an operator key or moderator key."
    )
)
class LiveParty:
    source: strawberry.Private[FoundParty]

    @strawberry.field
    def id(self) -> ID:
        return ID(self.source.party.id)

    @strawberry.field
    def name(self) -> str:
        return self.source.party.settings.name

    @strawberry.field
    def state(self) -> PartyState:
        return self.source.party.state

    @strawberry.field
    def visibility(self) -> Visibility:
        return self.source.party.settings.visibility

    @strawberry.field
    def game_type(self) -> GameType:
        return self.source.party.settings.game_type

    @strawberry.field
    def member_count(self) -> int:
        return len(self.source.party.members)

    @strawberry.field
    def max_members(self) -> int:
        return self.source.party.settings.max_members

    @strawberry.field
    def session_id(self) -> ID | None:
        session = self.source.party.session
        return ID(session.id) if session is not None else None

    @described("The allocator's name for the server of the session; null without one.")
    def allocation(self) -> str | None:
        session = self.source.party.session
        return session.allocation if session is not None else None

    @described("The players whose name or id was searched for; empty where the party itself matches.")
    def players(self) -> list[Player]:
        return [Player.of(player) for player in self.source.players]

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.source.party.created_at)

    @strawberry.field
    def changed_at(self) -> DateTime:
        return DateTime(self.source.party.changed_at)


@strawberry.type
class LivePartyConnection:
    nodes: list[LiveParty]
    page_info: PageInfo
    searched_count: int = strawberry.field(description="The parties that were looked at for this page.")

    @classmethod
    def of(cls, page: FoundPage) -> LivePartyConnection:
        return cls(
            nodes=[LiveParty(source=found) for found in page.parties],
            page_info=PageInfo(has_next_page=page.after is not None, end_cursor=page.after),
            searched_count=page.searched,
        )
