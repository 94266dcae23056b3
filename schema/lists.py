"""The lists of parties and sessions: their filters, their pages, and the public list as a stream."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from lobby import ports
from lobby.app.query_service import SessionOfParty
from lobby.domain import model
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import AccessLevel, access_level
from lobby.live.lobby_feed import ListingChange
from schema.party import Party
from schema.player import AttributeInput
from schema.scalars_and_enums import DateTime, GameType, LobbyChange, PartyState, SessionStatus
from schema.session import Checkpoint, Session, SessionSeat


@strawberry.input
class PartyFilter:
    game_type: GameType | None = UNSET
    difficulty: str | None = UNSET
    state: PartyState | None = UNSET
    has_password: bool | None = UNSET
    min_free_seats: int | None = UNSET
    allow_late_join: bool | None = UNSET
    name_contains: str | None = strawberry.field(
        default=UNSET, description="Part of the name, in any case. At most 48 characters."
    )
    region: str | None = strawberry.field(
        default=UNSET, description="Parties whose region it is, see `Party.region`. At most 32 characters."
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=UNSET, description="The party must have each of these with this value. At most 20."
    )
    client_version: str | None = strawberry.field(
        default=UNSET,
        description="Parties that need this version of the game, or no version. The empty string: only the latter.",
    )


@strawberry.input
class SessionFilter:
    status: SessionStatus | None = UNSET
    game_type: GameType | None = UNSET
    party_id: ID | None = UNSET


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class PartyEdge:
    cursor: str
    node: Party


@strawberry.type
class PartyConnection:
    edges: list[PartyEdge]
    nodes: list[Party]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: ports.Page[model.Party], viewer: PlayerId | None) -> PartyConnection:
        nodes = [Party.of(party, viewer) for party in page.items]
        return cls(
            edges=[PartyEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=_info(page),
            total_count=page.total,
        )


@strawberry.type
class SessionEdge:
    cursor: str
    node: Session


@strawberry.type
class SessionConnection:
    edges: list[SessionEdge]
    nodes: list[Session]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: ports.Page[SessionOfParty], viewer: PlayerId | None) -> SessionConnection:
        nodes = [session_of(found, viewer) for found in page.items]
        return cls(
            edges=[SessionEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=_info(page),
            total_count=page.total,
        )


@strawberry.type(description="A saved run of the caller, which has ended.")
class Run:
    session_id: strawberry.ID
    ended_at: DateTime
    outcome: str | None
    game_type: GameType
    difficulty: str
    seats: list[SessionSeat] = strawberry.field(
        description="The players who were in it, in the order in which they entered; at most 64. A banned player has no seat."
    )
    checkpoint: Checkpoint

    @classmethod
    def of(cls, run: SavedRun) -> Run:
        assert run.ended_at is not None, "a run that is listed has ended"
        return cls(
            session_id=strawberry.ID(run.session_id),
            ended_at=DateTime(run.ended_at),
            outcome=run.outcome,
            game_type=run.settings.game_type,
            difficulty=run.settings.difficulty,
            seats=[SessionSeat(source=seat) for seat in run.seats],
            checkpoint=Checkpoint.of(run.checkpoint),
        )


@strawberry.type
class RunConnection:
    nodes: list[Run]
    page_info: PageInfo

    @classmethod
    def of(cls, page: ports.Page[SavedRun]) -> RunConnection:
        return cls(nodes=[Run.of(run) for run in page.items], page_info=_info(page))


def session_of(found: SessionOfParty, viewer: PlayerId | None) -> Session:
    """The session as `viewer` sees it; the access level counts for this session, not for the newest of the party."""
    access = access_level(found.party, viewer, found.session)
    return Session(source=found.session, source_party=found.party, access_level=access)


def _info(page: ports.Page[model.Party] | ports.Page[SessionOfParty] | ports.Page[SavedRun]) -> PageInfo:
    return PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)


@strawberry.type(
    description=("A change of the public list, for display: changes of one party within 250 ms are merged into one.")
)
class LobbyEvent:
    change: LobbyChange
    at: DateTime
    party_id: strawberry.ID
    party: Party | None = strawberry.field(description="Null when DELISTED.")

    @classmethod
    def of(cls, change: ListingChange, viewer: PlayerId) -> LobbyEvent:
        return cls(
            change=change.change,
            at=DateTime(change.at),
            party_id=strawberry.ID(change.party_id),
            party=Party.of(change.party, viewer) if change.party is not None else None,
        )

    @classmethod
    def at_level(cls, change: ListingChange, level: AccessLevel) -> LobbyEvent:
        """The change for everybody with this access level to its party."""
        party = change.party
        return cls(
            change=change.change,
            at=DateTime(change.at),
            party_id=strawberry.ID(change.party_id),
            party=Party(source=party, access_level=level) if party is not None else None,
        )
