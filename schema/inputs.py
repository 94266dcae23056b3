"""The inputs of the mutations. Null means the same as a field that is left out."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from lobby.domain.events import EVENT_KINDS
from schema.lists import PartyFilter
from schema.player import AttributeInput
from schema.scalars_and_enums import GameType
from schema.session import EndpointInput
from schema.settings import PartySettingsInput

KEY_DESCRIPTION = (
    "A UUID that the client makes, in any form, at most 64 characters. For 24 h the same key with the same input returns the "
    "stored result and changes nothing."
)
_KEY = KEY_DESCRIPTION
_IGNORED = " or ".join(
    sorted(kind.__name__ for kind in EVENT_KINDS if not kind.raises_acted_version and kind.followers_see is None)
)
_IF_VERSION = f"Reject with VERSION_CONFLICT if an entry other than {_IGNORED} came after this version."
_CLIENT_VERSION = "1 to 32 of [A-Za-z0-9._+-]: the version of the game that the player runs."
_LEAVE_CURRENT = "Leave the party that the player is in, in the same step."


@strawberry.input
class SignInAsGuestInput:
    display_name: str = strawberry.field(description="1 to 32 characters after trimming.")
    device_id: str | None = strawberry.field(
        default=UNSET,
        description="An id of the device that stays the same, 1 to 128 characters. While a guest is banned who has signed in "
        "with the same one, new guests are PLAYER_BANNED. The server keeps only a keyed digest of it.",
    )


@strawberry.input
class SignInWithInput:
    provider: str = strawberry.field(description="One of ServerInfo.signInProviders, such as discord.")
    token: str = strawberry.field(
        description="The code of an authorization (discord), or a token of the issuer: at most 8192 characters."
    )
    display_name: str | None = strawberry.field(
        default=UNSET,
        description="1 to 32 characters after trimming. Null: the name that the player has, or the account has at the provider.",
    )


@strawberry.input
class LinkIdentityInput:
    token: str = strawberry.field(description="As in SignInWithInput.")
    provider: str = strawberry.field(description="As in SignInWithInput.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class CreatePartyInput:
    settings: PartySettingsInput | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 20.")
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    client_version: str | None = strawberry.field(default=UNSET, description=_CLIENT_VERSION)
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
    join_code: str | None = strawberry.field(default=UNSET, description="In any case and width, with spaces or dashes.")
    password: str | None = UNSET
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    client_version: str | None = strawberry.field(default=UNSET, description=_CLIENT_VERSION)
    wait: bool = strawberry.field(
        default=False,
        description=(
            "Wait for a seat where the party is full. The answer is the party with the player in `waiting`, and the player is in "
            "no other party. WAITING_FULL: 16 players wait already."
        ),
    )
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class EnterPartyInput:
    external_key: str = strawberry.field(
        description=(
            "1 to 64 of [A-Za-z0-9_.-], such as the id of a Discord Activity's instance. Who knows it may join: "
            "choose one that is hard to guess."
        )
    )
    settings: PartySettingsInput | None = strawberry.field(
        default=UNSET, description="For a party that is not there yet; otherwise nobody looks at them."
    )
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    client_version: str | None = strawberry.field(default=UNSET, description=_CLIENT_VERSION)
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
class InvitePlayerInput:
    party_id: ID
    player_id: ID
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class InviteActionInput:
    invite_id: ID
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class AcceptInviteInput:
    invite_id: ID
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    client_version: str | None = strawberry.field(default=UNSET, description=_CLIENT_VERSION)
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class BlockPlayerInput:
    player_id: ID
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PromoteMemberInput:
    party_id: ID
    player_id: ID
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(description="The ping of a player to a region. The game names the regions.")
class RegionPing:
    region: str = strawberry.field(description="1 to 32 of [A-Za-z0-9_.-].")
    ms: int = strawberry.field(description="0 to 10000.")


@strawberry.input
class MuteMemberInput:
    party_id: ID
    player_id: ID
    muted: bool
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class UpdateMemberInput:
    party_id: ID
    character_class: str | None = strawberry.field(
        default=UNSET, description="1 to 32 characters. The empty string clears it."
    )
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 10 stay.")
    client_version: str | None = strawberry.field(
        default=UNSET, description=_CLIENT_VERSION + " The empty string clears it."
    )
    pings: list[RegionPing] | None = strawberry.field(
        default=UNSET,
        description="At most 8, of different regions, in place of those told before. The empty list takes them back.",
    )
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SetTeamInput:
    party_id: ID
    team: int = strawberry.field(description="1 to `PartySettings.teams`.")
    player_id: ID | None = strawberry.field(
        default=UNSET, description="Null: the caller. The leader may name another member."
    )
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
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
        default=False, description="Start although members are not ready, where the party allows it."
    )
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SessionActionInput:
    session_id: ID
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


_HOST_TERM = "The term of the host, `Session.host.term`. It is needed to act as the host. A game server leaves it out."


@strawberry.input(
    description=(
        "By the party's leader, by the host with `hostTerm`, or by a game server with the service key. The endpoint can only be "
        "reported by the host, by a game server, and by `HostLost.candidate`, who becomes the host with it."
    )
)
class UpdateSessionInput:
    session_id: ID
    floor: int | None = strawberry.field(default=UNSET, description="1 to 1000000.")
    endpoint: EndpointInput | None = UNSET
    attributes: list[AttributeInput] | None = strawberry.field(default=UNSET, description="At most 20 stay.")
    host_term: int | None = strawberry.field(
        default=UNSET,
        description=(
            "The term of the host. It is needed from a host who does not lead, and from `HostLost.candidate` to become the host "
            "(`HostLost.hostTerm`). Another term is rejected with HOST_CHANGED, another player with NOT_HOST."
        ),
    )
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class CompleteSessionInput:
    session_id: ID
    outcome: str | None = strawberry.field(default=UNSET, description="1 to 64 characters.")
    host_term: int | None = strawberry.field(default=UNSET, description=_HOST_TERM)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(description="By a game server with the service key, or by the host with `hostTerm`.")
class SaveCheckpointInput:
    session_id: ID
    host_term: int | None = strawberry.field(default=UNSET, description=_HOST_TERM)
    data: str = strawberry.field(
        description=(
            "At most 65536 bytes of UTF-8. Over HTTP such data fits into a request, except with many control characters, which "
            "JSON escapes with six bytes each: send binary data as base64."
        )
    )
    label: str | None = strawberry.field(default=UNSET, description="1 to 64 characters.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class ContinueRunInput:
    session_id: ID = strawberry.field(description="A session that has ended or was abandoned, and has a checkpoint.")
    client_version: str | None = strawberry.field(
        default=UNSET, description=_CLIENT_VERSION + " Null: the version that the run needs."
    )
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(description="By a game server with the service key, or by the host with `hostTerm`.")
class SpendTicketInput:
    session_id: ID
    ticket: str = strawberry.field(description="The JWT that the player showed.")
    host_term: int | None = strawberry.field(default=UNSET, description=_HOST_TERM)
    idempotency_key: ID | None = strawberry.field(
        default=UNSET,
        description=_KEY + " Make a new one for each player who shows a ticket, never from the ticket itself.",
    )


@strawberry.input(description="By a game server with the service key, or by the host with `hostTerm`.")
class ReportPlayersInput:
    session_id: ID
    entered: list[ID] | None = strawberry.field(
        default=UNSET, description="Members of the party who are in the dungeon now. At most 64."
    )
    left: list[ID] | None = strawberry.field(
        default=UNSET, description="Players who have left the dungeon for good; they stay in the party. At most 64."
    )
    host_term: int | None = strawberry.field(default=UNSET, description=_HOST_TERM)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class PostMessageInput:
    party_id: ID
    text: str = strawberry.field(description="1 to 500 characters, at most 10 line breaks.")
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class QuickJoinInput:
    filter: PartyFilter | None = UNSET
    character_class: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    client_version: str | None = strawberry.field(default=UNSET, description=_CLIENT_VERSION)
    leave_current: bool = strawberry.field(default=False, description=_LEAVE_CURRENT)
    create_if_none: PartySettingsInput | None = strawberry.field(
        default=UNSET, description="When nothing fits, create a party with these settings."
    )
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input(
    description=(
        "All parties of a match agree on it. A field that is null means any value, but parties without a version match only each "
        "other."
    )
)
class SearchCriteria:
    game_type: GameType = strawberry.field(description="COOP or PVP.")
    difficulty: str | None = strawberry.field(default=UNSET, description="One of the server's difficulties.")
    region: str | None = strawberry.field(default=UNSET, description="1 to 32 characters.")
    size: int = strawberry.field(
        description="Players wanted in all, 2 to 8. After 60 seconds unless set a match may have fewer."
    )
    skill: int | None = strawberry.field(
        default=UNSET,
        description=(
            "-1000000 to 1000000. Players of the same skill within a band of 50, which doubles every 10 seconds of waiting."
        ),
    )
    client_version: str | None = strawberry.field(
        default=UNSET,
        description="The version of the game that all members run. Default: the one that the party needs.",
    )


@strawberry.input
class StartSearchInput:
    party_id: ID
    criteria: SearchCriteria
    if_version: int | None = strawberry.field(default=UNSET, description=_IF_VERSION)
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)


@strawberry.input
class SearchActionInput:
    search_id: ID
    idempotency_key: ID | None = strawberry.field(default=UNSET, description=_KEY)
