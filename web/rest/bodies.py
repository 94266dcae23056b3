"""The JSON bodies of REST requests and responses, and the steps from the outcome of a command to a response.

A request may have no body; some fields may stand in the query instead. A field of the same name means the same as in GraphQL, and
the same rules check it. So nothing is checked here but types.
"""

from __future__ import annotations

from enum import EnumMeta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.auth.caller import ID_CHARS_MAX
from lobby.domain.model import AttributeChanges
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection
from resolvers.context import Context
from resolvers.inputs import to_settings_patch
from resolvers.mutation_helpers import COUNTED_AT_DEFAULT, bind_idempotency_key, fresh_ticket
from schema.party import Party
from schema.settings import PartySettingsInput
from web.http.callers import RejectedCommand
from web.views import (
    PARTY_ID_EXAMPLE,
    SESSION_ID_EXAMPLE,
    TIME_EXAMPLE,
    ApiModel,
    PartyModel,
    SessionModel,
    TicketModel,
    View,
    describe,
    view,
    words,
)

_COUNTED_AT_DEFAULT = COUNTED_AT_DEFAULT | {"settings", "attributes"}
PARTY_ID_CHARS_MAX = 256
"""As in paths and queries. A text field with a bound must also have a UTF-8 form, which a lone surrogate has not."""
CLIENT_VERSION = "The version of the game that the player runs: 1 to 32 of A-Z a-z 0-9 . _ + and -."
PLAYER_ID = "The player who acts, on an open server (LOBBY_OPEN_REST). With a token it is known."


class Body(BaseModel):
    """Unknown fields are rejected, so that a misspelt field is not taken for one that was left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def payload(self) -> object:
        """The fields that were given. An idempotency key is bound to them, see `COUNTED_AT_DEFAULT`."""
        at_default = {name for name, field in type(self).model_fields.items() if getattr(self, name) == field.default}
        return self.model_dump(exclude_none=True, exclude=at_default - _COUNTED_AT_DEFAULT)


class AttributeChange(Body):
    key: str = Field(examples=["map"])
    value: str | None = Field(examples=["crypt"])


class _SettingsBase(Body):
    """The settings of a new party. A field that is left out takes the server's default."""

    def patch(self) -> SettingsPatch:
        given = self.model_dump(exclude_none=True)
        enums: dict[str, Any] = {
            name: _SETTINGS_ENUMS[name](given[name].upper()) for name in _SETTINGS_ENUMS.keys() & given.keys()
        }
        return to_settings_patch(PartySettingsInput(**given | enums))


_SETTINGS_FIELDS = get_object_definition(PartySettingsInput, strict=True).fields
_SETTINGS_ENUMS: dict[str, EnumMeta] = {
    field.python_name: field.type.of_type.wrapped_cls
    for field in _SETTINGS_FIELDS
    if isinstance(field.type, StrawberryOptional) and isinstance(field.type.of_type, StrawberryEnumDefinition)
}


_EXAMPLES = {"name": "Into the dark", "max_members": 4}
"""The values that the reference page proposes. It leaves out the other settings."""


def _body_type(type_: Any) -> Any:
    """The type of a field of an input as pydantic reads it; words of enums are in lower case."""
    if isinstance(type_, StrawberryOptional):
        return _body_type(type_.of_type) | None
    if isinstance(type_, StrawberryEnumDefinition):
        return Literal[tuple(words(type_))]
    return type_


if TYPE_CHECKING:
    SettingsInput = _SettingsBase
else:
    SettingsInput = create_model(
        "SettingsInput",
        __base__=_SettingsBase,
        __doc__=_SettingsBase.__doc__,
        **{
            field.python_name: (
                _body_type(field.type),
                Field(None, description=describe(field.description), examples=[_EXAMPLES.get(field.python_name)]),
            )
            for field in _SETTINGS_FIELDS
        },
    )


class PlayerBody(Body):
    player_id: str | None = Field(None, max_length=ID_CHARS_MAX, description=PLAYER_ID, examples=[None])


class CreateParty(PlayerBody):
    settings: SettingsInput = SettingsInput()
    attributes: list[AttributeChange] = []
    character_class: str | None = Field(None, examples=["Knight"])
    client_version: str | None = Field(None, description=CLIENT_VERSION, examples=[None])
    leave_current: bool = Field(False, description="Leave the party that the player is in, in the same step.")

    def attribute_changes(self) -> AttributeChanges:
        return tuple((attribute.key, attribute.value) for attribute in self.attributes)


class JoinParty(PlayerBody):
    password: str | None = Field(None, examples=[None])
    character_class: str | None = Field(None, examples=["Mage"])
    client_version: str | None = Field(None, description=CLIENT_VERSION, examples=[None])
    wait: bool = Field(
        False, description="Wait for a seat if the party is full. `POST /party/{party_id}/leave` ends it."
    )
    leave_current: bool = Field(False, description="Leave the party that the player is in, in the same step.")
    invite_id: str | None = Field(
        None,
        max_length=PARTY_ID_CHARS_MAX,
        description="Accept this invite to the party by joining. It is an invite of GraphQL's `invites`, or of the inbox.",
        examples=[None],
    )


class LeaveParty(PlayerBody):
    pass


class StartSession(PlayerBody):
    party_id: str | None = Field(None, max_length=PARTY_ID_CHARS_MAX, examples=[PARTY_ID_EXAMPLE])
    force: bool = Field(True, description="Start although members are not ready, where the party allows it.")


_SEQ = "The party's version with this change. A stream that has applied this version has caught up with it."
_REPLAYED = "True if this is the stored response to an earlier request with the same Idempotency-Key."


class ChangedResponse(ApiModel):
    """The fields of every response to a change of a party."""

    party_id: str = Field(examples=[PARTY_ID_EXAMPLE])
    seq: int = Field(description=_SEQ, examples=[1])
    replayed: bool = Field(description=_REPLAYED, examples=[False])
    party: PartyModel


class PartyCreated(ChangedResponse):
    join_code: str | None = Field(description="Seen by members only.", examples=["K7WQ2D"])


class PartyJoined(ChangedResponse):
    status: Literal["joined", "waiting"] = Field(description="`waiting`: for a seat, because the party is full.")
    ticket: TicketModel | None = Field(description="For the running session, if joining the party led into one.")


class PartyLeft(ChangedResponse):
    status: Literal["left"] = "left"


class SessionStarted(ChangedResponse):
    session_id: str = Field(examples=[SESSION_ID_EXAMPLE])
    status: str = Field(description="The status of the session.", examples=["waiting"])
    starts_at: str | None = Field(description="When the countdown ends.", examples=[TIME_EXAMPLE])
    ticket: TicketModel | None = Field(description="For the session, once it runs.")


class SessionDetails(SessionModel):
    ticket: TicketModel | None = Field(
        description="The caller's own, newly issued, while the session runs with the caller inside."
    )
    receipt: str | None = Field(
        description="Once the session has ended, to those who were in it: a JWT of what happened, for backends."
    )


def bind_key(context: Context, request: str, payload: object, key: str | None) -> IdempotencyKey | None:
    """The Idempotency-Key, bound to the request and its payload. Raises `RejectedCommand` for a key that is invalid."""
    bound = bind_idempotency_key(request, payload, key, context.services.fingerprint_key)
    if isinstance(bound, Rejection):
        raise RejectedCommand(bound, context)
    return bound


def or_raise(outcome: CommandResult | Rejection, context: Context) -> CommandResult:
    """The result of a command that was accepted. Raises `RejectedCommand` for a rejection."""
    if isinstance(outcome, Rejection):
        raise RejectedCommand(outcome, context)
    return outcome


def changed_fields(result: CommandResult, context: Context) -> dict[str, Any]:
    """The fields of `ChangedResponse`, as the caller sees them."""
    party = view(Party.of(result.party, context.viewer))
    return {"party_id": party["party_id"], "seq": result.seq, "replayed": result.replayed, "party": party}


async def ticket_of(result: CommandResult, context: Context) -> View | None:
    """The caller's ticket into the session that the command led into. A replayed response gets a new one too."""
    ticket = await fresh_ticket(context, result)
    return view(ticket) if ticket is not None else None
