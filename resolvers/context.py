"""The context of an operation, which every resolver gets: the caller, and the services of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import strawberry

from lobby.app.block_service import BlockService
from lobby.app.command_handler import CommandHandler
from lobby.app.errors import UNAUTHENTICATED, CallerError
from lobby.app.guest_devices import GuestDevices
from lobby.app.identity_service import IdentityService
from lobby.app.invite_service import InviteService
from lobby.app.join_service import JoinService
from lobby.app.matchmaking.search_service import SearchService
from lobby.app.moderation_service import ModerationService
from lobby.app.moderation_view import ModerationView
from lobby.app.node_monitor import NodeMonitor
from lobby.app.party_search import PartySearch
from lobby.app.private_views import PrivateViews
from lobby.app.query_service import QueryService
from lobby.app.report_service import ReportService
from lobby.app.run_service import RunService
from lobby.app.text_check import TextCheck
from lobby.auth.caller import Caller
from lobby.auth.guest_credentials import GuestCredentials
from lobby.auth.tickets import Ticket, Tickets
from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty
from lobby.domain.model import Party, Player, Session
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.domain.viewer_access import OPERATORS
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.limits.throttle_log import ThrottleLog
from lobby.live.hub import Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.ports import Clock, StoreCounts
from lobby.struct import Struct, replace
from resolvers.inputs import unset_to_none
from schema.operators import SettingInForce
from schema.results import Rejection
from schema.server_info import ServerLimits

_NEWCOMER = Player("", "")
"""Stands for a caller who is not signed in, where a rule needs a player. No player has this id."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that resolvers may call. A server has one of these objects."""

    handler: CommandHandler
    join_service: JoinService
    query_service: QueryService
    run_service: RunService
    invite_service: InviteService
    block_service: BlockService
    text_check: TextCheck
    report_service: ReportService
    moderation_service: ModerationService
    moderation: ModerationView
    guest_devices: GuestDevices
    search_service: SearchService
    party_search: PartySearch
    private_views: PrivateViews
    monitor: NodeMonitor
    throttled: ThrottleLog
    node: NodeFacts
    hub: Hub
    feed: LobbyFeed
    attempts: AttemptLimiters
    credentials: GuestCredentials
    identity_service: IdentityService
    tickets: Tickets
    clock: Clock
    bounds: Bounds
    limits: ServerLimits
    join_url: str | None
    """The form of a link to a party, with `{code}` for the join code; None without one."""
    fingerprint_key: bytes
    """The key of the digests of idempotency keys, see `bind_idempotency_key`."""


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """The state of this node that operators see beside its numbers."""

    store: str
    """The kind of the store, such as "sqlite"."""
    problem: Callable[[], Awaitable[str | None]]
    """Why the node is not ready, in words for an operator; None if it is ready."""
    store_counts: Callable[[], Awaitable[StoreCounts | None]]
    """None while the store can't be asked. Bounded in time."""
    search_count: Callable[[], int]
    """Searches that this node's matchmaker has."""
    settings: Sequence[SettingInForce]


class Context(Struct):
    """The caller and the services of one operation."""

    caller: Caller
    request_id: str
    services: Services
    address: str = ""
    """The address of the client, for limits by address; "" if it is not known."""
    resume_after: str | None = None
    """The cursor after which the transport resumes a stream. It is used in place of the cursor of the operation."""

    def resumed_after(self, position: str) -> Context:
        """A copy that resumes a stream after this cursor."""
        return replace(self, resume_after=position)

    @property
    def viewer(self) -> PlayerId | None:
        """The id by which the access level of the caller is decided; None for a stranger."""
        if self.caller.is_operator:
            return OPERATORS
        return self.caller.player.id if self.caller.player is not None else None

    def player(self) -> Player:
        """The signed-in player. Raises `CallerError` (UNAUTHENTICATED) for a stranger and for an operator."""
        if self.caller.player is None:
            reason = "an operator's key acts for no player" if self.caller.is_operator else self.caller.refusal
            raise CallerError(UNAUTHENTICATED, f"Sign in first ({reason})." if reason else "Sign in first.")
        return self.caller.player

    def reader_id(self) -> PlayerId:
        """The id of a player or an operator, who may read more than strangers. Raises `CallerError` (UNAUTHENTICATED)."""
        return OPERATORS if self.caller.is_operator else self.player().id

    @property
    def is_operator(self) -> bool:
        return self.caller.is_operator

    def operator(self) -> str:
        """The name of the key of this operator or moderator, as the log of moderation shows it. Raises `CallerError`
        (UNAUTHENTICATED) for all other callers."""
        if self.caller.operator_name is None:
            raise CallerError(UNAUTHENTICATED, "Only an operator can read this, with an operator key or moderator key.")
        return self.caller.operator_name

    async def record_view(self, party: Party) -> None:
        """The caller reads a party with its members. If the caller is an operator and the party is not PUBLIC, the log of
        moderation says so. Raises `Unavailable`."""
        if self.caller.operator_name is not None:
            await self.services.private_views.record(self.caller.operator_name, party)

    def moderator(self) -> str:
        """The name of the moderator key of this request. Raises `CallerError` (UNAUTHENTICATED) for all others."""
        if self.caller.moderator is None:
            raise CallerError(UNAUTHENTICATED, "Only a moderator can do this, with a moderator key.")
        return self.caller.moderator

    def leading_player(self) -> Player | None:
        """The signed-in player, who must lead the party or host its session; None for a game server with the service key, which
        needs neither."""
        return None if self.caller.is_service else self.player()

    def expect_game_server(self) -> None:
        """Raises `CallerError` (UNAUTHENTICATED) unless the caller is a game server with the service key."""
        if not self.caller.is_service:
            raise CallerError(UNAUTHENTICATED, "Only a game server can do this, with the service key.")

    def hosting_player(self, host_term: int | None) -> Player | None:
        """The signed-in player, who says to be the host; None for a game server with the service key.

        Raises `CallerError` (UNAUTHENTICATED) for all others, also for a player without the term of a host.
        """
        if host_term is None:
            self.expect_game_server()
        return self.leading_player()

    async def ticket(self, party_id: PartyId, session_id: SessionId | None) -> Ticket | None:
        """A new ticket of the caller into that session, while the session runs with the caller inside; else None."""
        viewer = self.viewer
        party = await self.services.query_service.party(party_id, viewer)
        if party is None or viewer is None or party.session is None or party.session.id != session_id:
            return None
        return self.services.tickets.issue(party, viewer, self.services.clock.now())

    async def join_verdict(
        self, party: Party, character_class: str | None, client_version: str | None
    ) -> Rejection | None:
        """The rejection that the caller would get on joining `party` as it is; None for a success."""
        player = self.caller.player or _NEWCOMER
        command = JoinParty(
            player, character_class=unset_to_none(character_class), client_version=unset_to_none(client_version)
        )
        rejection = await self.services.join_service.verdict(party, command)
        return Rejection.of(rejection, self.viewer, field_prefix="") if rejection is not None else None

    def join_url(self, party: Party) -> str | None:
        """The link by which others join the party; None without a form for it."""
        form = self.services.join_url
        return form.replace("{code}", party.join_code) if form is not None else None

    async def receipt(self, party: Party, session: Session) -> str | None:
        """The receipt of a session that has ended, for a caller who was in it; else None."""
        viewer = self.viewer
        if session.ended_at is None or viewer is None or session.seat(viewer) is None:
            return None
        digest = await self.services.query_service.log_digest(session)
        if digest is None:
            return None
        return self.services.tickets.sign_receipt(session, party.epoch, digest, self.services.clock.now())


Info = strawberry.Info[Context, None]
