"""What mutations and lists take. Null is the same as left out, throughout."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from schema.enums import GameType, PartyState, SessionStatus, Visibility

_KEY = (
    "A UUID of the client's, at most 64 characters. The same key with the same input answers the stored result for 24 h "
    "and changes nothing again."
)
_IF_VERSION = (
    "Refuse with VERSION_CONFLICT when an entry other than MessagePosted or MemberConnectionChanged came after this "
    "version."
)
_LEAVE_CURRENT = "Leave the party that the player is in, in the same step."


@strawberry.input
class AttributeInput:
    key: str = strawberry.field(description="1 to 32 of [A-Za-z0-9_.-].")
    value: str | None = strawberry.field(
        default=UNSET, description="At most 1024 bytes of UTF-8. Null removes the key."
    )


@strawberry.input
class SignInAsGuestInput:
    display_name: str = strawberry.field(description="1 to 32 characters after trimming.")


@strawberry.input(description="Left out fields take the server's defaults on create, and stay as they are on update.")
class PartySettingsInput:
    name: str | None = strawberry.field(default=UNSET, description="1 to 48 characters after trimming.")
    game_type: GameType | None = UNSET
    difficulty: str | None = strawberry.field(default=UNSET, description="One of `ServerInfo.difficulties`.")
    max_members: int | None = strawberry.field(
        default=UNSET, description="1 to 8. SOLO parties have exactly 1; PVP ones at least 2."
    )
    visibility: Visibility | None = UNSET
    password: str | None = strawberry.field(
        default=UNSET, description="4 to 64 characters; the empty string removes it."
    )
    locked: bool | None = UNSET
    allow_late_join: bool | None = UNSET
    allow_force_start: bool | None = UNSET
    unique_classes: bool | None = UNSET
    countdown_seconds: int | None = strawberry.field(default=UNSET, description="0 to 30.")


@strawberry.input
class CreatePartyInput:
    settings: PartySettingsInput | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 20.")
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class UpdatePartyInput:
    party_id: ID
    settings: PartySettingsInput | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 20 stay.")
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(description="Exactly one of partyId and joinCode.")
class JoinPartyInput:
    party_id: ID | None = UNSET
    join_code: str | None = strawberry.field(default=UNSET, description="In any case, with spaces or hyphens.")
    password: str | None = UNSET
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PartyActionInput:
    party_id: ID
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class KickMemberInput:
    party_id: ID
    player_id: ID
    ban: bool = strawberry.field(default=False, description="Also keep the player out for the life of the party.")
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PromoteMemberInput:
    party_id: ID
    player_id: ID
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class UpdateMemberInput:
    party_id: ID
    character_class: str | None = strawberry.field(
        default=UNSET, description="1 to 32 characters. The empty string clears it."
    )
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 10 stay.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SetReadyInput:
    party_id: ID
    ready: bool
    settings_version: int = strawberry.field(description="The `PartySettings.version` that the player saw.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class StartSessionInput:
    party_id: ID
    force: bool = strawberry.field(
        default=False, description="Pass over members who are not ready, where the party allows it."
    )
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SessionActionInput:
    session_id: ID
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class EndpointInput:
    protocol: str = strawberry.field(description="udp, dtls, ws, wss or relay.")
    address: str | None = strawberry.field(default=UNSET, description="1 to 255 characters; with a port.")
    port: int | None = strawberry.field(default=UNSET, description="1 to 65535.")
    relay_code: str | None = strawberry.field(default=UNSET, description="1 to 255 characters; in place of an address.")


@strawberry.input(description="By the party's leader, or by a game server with the service key.")
class UpdateSessionInput:
    session_id: ID
    floor: int | None = strawberry.field(default=UNSET, description="1 to 1000000.")
    endpoint: EndpointInput | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 20 stay.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class CompleteSessionInput:
    session_id: ID
    outcome: str | None = strawberry.field(default=UNSET, description="1 to 64 characters.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(description="By a game server with the service key.")
class SpendTicketInput:
    session_id: ID
    ticket: str = strawberry.field(description="The JWT that the player showed.")
    idempotency_key: ID | None = strawberry.field(
        default=UNSET,
        description=_KEY + " Fresh for each player who shows a ticket, never made from the ticket itself.",
    )


@strawberry.input(description="By a game server with the service key.")
class ReportPlayersInput:
    session_id: ID
    entered: list[ID] | None = strawberry.field(
        default=UNSET, description="Members of the party who are in the dungeon now. At most 64."
    )
    left: list[ID] | None = strawberry.field(
        default=UNSET, description="Players who have left it for good, and stay in the party. At most 64."
    )
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PostMessageInput:
    party_id: ID
    text: str = strawberry.field(description="1 to 500 characters.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PartyFilter:
    game_type: GameType | None = UNSET
    difficulty: str | None = UNSET
    state: PartyState | None = UNSET
    has_password: bool | None = UNSET
    min_free_seats: int | None = UNSET
    allow_late_join: bool | None = UNSET
    name_contains: str | None = strawberry.field(
        default=UNSET, description="Anywhere in the name, whatever the case. At most 48 characters."
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=UNSET, description="Every one of these must be there with this value. At most 20."
    )


@strawberry.input
class QuickJoinInput:
    filter: PartyFilter | None = UNSET
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    create_if_none: PartySettingsInput | None = strawberry.field(
        default=UNSET, description="When nothing fits, create a party with these settings."
    )
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SessionFilter:
    status: SessionStatus | None = UNSET
    game_type: GameType | None = UNSET
    party_id: ID | None = UNSET
