"""Settings of limits: rates, connections and sizes, and GraphQL documents. docs/limits.md explains them."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from lobby.app.metrics import MUTATION_KINDS
from lobby.limits.attempt_limiter import AttemptLimits
from lobby.limits.rate_limiter import DAY_S, Rate, RateLimits
from web.connections.connection_limits import ConnectionLimits
from web.connections.socket_conversation import SocketLimits
from web.graphql.execution.document_limits import DocumentLimits
from web.http.request import ANSWER_BYTES_MAX, HTTPLimits
from web.settings.server import SettingsGroup

_RATES, _ATTEMPTS, _DOCUMENTS = RateLimits(), AttemptLimits(), DocumentLimits()


class MutationRate(BaseModel):
    """The rate of one kind of mutation: `per_s` on average, `burst` at once."""

    per_s: float = Field(gt=0)
    burst: int = Field(ge=1)


_MUTATION_RATES = {kind: MutationRate(per_s=rate.per_s, burst=rate.burst) for kind, rate in _RATES.of_mutation.items()}


class RateSettings(SettingsGroup):
    """Rate limits"""

    rate_limits: bool = True
    """Apply the limits of this section. Wrong passwords are limited in any case: that is a rule of the lobby."""
    mutations_per_player_s: float = Field(_RATES.mutations_per_player.per_s, gt=0)
    """Mutations of a player per second, on average."""
    mutations_per_player_burst: int = Field(_RATES.mutations_per_player.burst, ge=1)
    """The same at once."""
    mutation_rates: dict[str, MutationRate] = Field(_MUTATION_RATES)
    """Rates of single kinds of mutation, of one player. Your entries are added to the defaults or replace them."""
    fields_per_player_s: float = Field(_RATES.fields_per_player.per_s, gt=0)
    """Fields in the results of a player's queries and subscriptions per second, on average."""
    fields_per_player_burst: int = Field(_RATES.fields_per_player.burst, ge=1)
    """The same at once."""
    fields_per_address_s: float = Field(_RATES.fields_per_address.per_s, gt=0)
    """Fields in the results for all clients of one address per second, on average."""
    fields_per_address_burst: int = Field(_RATES.fields_per_address.burst, ge=1)
    """The same at once."""
    requests_per_address_s: float = Field(_RATES.requests_per_address.per_s, gt=0)
    """HTTP requests, handshakes and socket messages from one address per second, on average."""
    requests_per_address_burst: int = Field(_RATES.requests_per_address.burst, ge=1)
    """The same at once."""
    document_chars_per_address_s: float = Field(_RATES.document_chars_per_address.per_s, gt=0)
    """Characters of documents that the server does not know, from one address per second, on average."""
    document_chars_per_address_burst: int = Field(_RATES.document_chars_per_address.burst, ge=1)
    """The same at once."""
    written_bytes_per_player_s: float = Field(_RATES.written_bytes_per_player.per_s, gt=0)
    """Bytes that the mutations of a player write per second, on average. Each writes the whole party."""
    written_bytes_per_player_burst: int = Field(_RATES.written_bytes_per_player.burst, ge=1)
    """The same at once."""
    written_bytes_per_player_day: int = Field(_RATES.written_bytes_per_player_day.burst, ge=1_000_000)
    """The same in a day. It bounds what is kept of one player."""
    written_bytes_per_address_s: float = Field(_RATES.written_bytes_per_address.per_s, gt=0)
    """Bytes that the mutations of all players of one address write per second, on average."""
    written_bytes_per_address_burst: int = Field(_RATES.written_bytes_per_address.burst, ge=1)
    """The same at once."""
    refusals_per_address_s: float = Field(_RATES.refusals_per_address.per_s, gt=0)
    """Error responses to one address per second, on average. Beyond that the server delays them by up to 500 ms."""
    refusals_per_address_burst: int = Field(_RATES.refusals_per_address.burst, ge=1)
    """The same at once."""
    guests_per_address_min: int = Field(_ATTEMPTS.guests_per_address, ge=1)
    """New guests from one address per minute."""
    refreshes_per_address_min: int = Field(_ATTEMPTS.refreshes_per_address, ge=1)
    """Refreshes of credentials from one address per minute."""
    sign_ins_per_address_min: int = Field(_ATTEMPTS.sign_ins_per_address, ge=1)
    """Sign-ins with accounts elsewhere (`signInWith`) from one address per minute."""
    new_passwords_per_player_min: int = Field(_ATTEMPTS.new_passwords_per_player, ge=1)
    """Passwords that a player may give to parties per minute."""
    wrong_codes_per_player_min: int = Field(_ATTEMPTS.codes_per_player, ge=1)
    """Wrong join codes of a player per minute."""
    wrong_codes_per_address_min: int = Field(_ATTEMPTS.codes_per_address, ge=1)
    """Wrong join codes from one address per minute."""

    @field_validator("mutation_rates")
    @classmethod
    def _add_defaults(cls, rates: dict[str, MutationRate]) -> dict[str, MutationRate]:
        unknown = sorted(rates.keys() - MUTATION_KINDS)
        if unknown:
            known = ", ".join(sorted(MUTATION_KINDS))
            raise ValueError(f"there is no kind of mutation {', '.join(map(repr, unknown))}; the kinds are {known}")
        return _MUTATION_RATES | rates

    def rates(self) -> RateLimits | None:
        """None if rate limits are off."""
        if not self.rate_limits:
            return None
        return RateLimits(
            mutations_per_player=Rate(self.mutations_per_player_s, self.mutations_per_player_burst),
            of_mutation={kind: Rate(rate.per_s, rate.burst) for kind, rate in self.mutation_rates.items()},
            fields_per_player=Rate(self.fields_per_player_s, self.fields_per_player_burst),
            fields_per_address=Rate(self.fields_per_address_s, self.fields_per_address_burst),
            requests_per_address=Rate(self.requests_per_address_s, self.requests_per_address_burst),
            document_chars_per_address=Rate(self.document_chars_per_address_s, self.document_chars_per_address_burst),
            written_bytes_per_player=Rate(self.written_bytes_per_player_s, self.written_bytes_per_player_burst),
            written_bytes_per_player_day=Rate(
                self.written_bytes_per_player_day / DAY_S, self.written_bytes_per_player_day
            ),
            written_bytes_per_address=Rate(self.written_bytes_per_address_s, self.written_bytes_per_address_burst),
            refusals_per_address=Rate(self.refusals_per_address_s, self.refusals_per_address_burst),
        )

    def attempt_limits(self) -> AttemptLimits | None:
        """None if rate limits are off."""
        if not self.rate_limits:
            return None
        return AttemptLimits(
            codes_per_player=self.wrong_codes_per_player_min,
            codes_per_address=self.wrong_codes_per_address_min,
            guests_per_address=self.guests_per_address_min,
            refreshes_per_address=self.refreshes_per_address_min,
            sign_ins_per_address=self.sign_ins_per_address_min,
            new_passwords_per_player=self.new_passwords_per_player_min,
        )


class ConnectionSettings(SettingsGroup):
    """Sizes, times and connections"""

    body_bytes_max: int = Field(204_800, ge=1024)
    """Bytes of an HTTP request's body."""
    frame_bytes_max: int = Field(65_536, ge=1024)
    """Bytes of one WebSocket message from a client."""
    answer_bytes_max: int = Field(ANSWER_BYTES_MAX, ge=1024)
    """Bytes of one answer: the result of an operation, an event of a subscription, the body of a response of REST, or a message
    of /updates. A page of `GET /sessions` ends before it is longer. Results of `client_queries/` may have four times as many."""
    head_wait_s: float = Field(10, gt=0)
    """Seconds that the head of a request may take to arrive."""
    keep_alive_s: int = Field(75, ge=1)
    """Seconds for which an HTTP connection may be idle between two requests. Proxies keep idle connections for 60 s, and lose
    requests if this is not longer."""
    body_wait_s: float = Field(10, gt=0)
    """Seconds that the body of a request may take to arrive."""
    init_wait_s: float = Field(5, gt=0)
    """Seconds within which a client has to identify itself on a socket."""
    operations_per_socket_max: int = Field(64, ge=1)
    """Operations that run on one socket at once."""
    searched_parties_max: int = Field(5_000, ge=250)
    """Parties that one page of an operator's search by a name looks at. The next page goes on from there."""
    streams_per_player_max: int = Field(64, ge=1)
    """Subscriptions of a player at once, over all sockets."""
    connections_per_player_max: int = Field(32, ge=1)
    """WebSockets and event streams of a player at once."""
    connections_per_address_max: int = Field(256, ge=1)
    """WebSockets and event streams from one address at once. Behind trusted proxies that is the address which they report."""
    connections_max: int = Field(10_000, ge=1)
    """WebSockets and event streams at once, in all."""
    tcp_connections_max: int = Field(20_000, ge=1)
    """TCP connections at once, in all; fewer where the system allows fewer file descriptors."""
    tcp_connections_per_address_max: int = Field(1_024, ge=1)
    """TCP connections at once from one address as the kernel sees it. There is no such limit if `LOBBY_TRUSTED_PROXIES`
    is set."""
    unread_bytes_per_address_max: int = Field(33_554_432, ge=65_536)
    """Bytes of answers that the clients of one address, as the kernel sees it, may leave unread. There is no such limit if
    `LOBBY_TRUSTED_PROXIES` is set."""
    unread_bytes_max: int = Field(268_435_456, ge=65_536)
    """The same for all clients together."""

    def connection_limits(self) -> ConnectionLimits:
        return ConnectionLimits(
            connections_max=self.connections_max,
            per_address_max=self.connections_per_address_max,
            per_player_max=self.connections_per_player_max,
        )

    def http_limits(self) -> HTTPLimits:
        return HTTPLimits(
            body_bytes_max=self.body_bytes_max, body_wait_s=self.body_wait_s, answer_bytes_max=self.answer_bytes_max
        )

    def socket_limits(self, stalled_send_s: float) -> SocketLimits:
        return SocketLimits(
            init_wait_s=self.init_wait_s,
            frame_bytes_max=self.frame_bytes_max,
            operations_max=self.operations_per_socket_max,
            stalled_send_s=stalled_send_s,
            answer_bytes_max=self.answer_bytes_max,
        )


class DocumentSettings(SettingsGroup):
    """GraphQL documents other than those in `client_queries/`"""

    document_chars_max: int = Field(_DOCUMENTS.document_chars_max, ge=1)
    """Characters of a document."""
    document_tokens_max: int = Field(_DOCUMENTS.tokens_max, ge=1)
    """Tokens of a document."""
    document_operations_max: int = Field(_DOCUMENTS.operations_max, ge=1)
    """Operations of a document."""
    document_fragments_max: int = Field(_DOCUMENTS.fragments_max, ge=0)
    """Fragments of a document."""
    document_spreads_max: int = Field(_DOCUMENTS.spreads_max, ge=0)
    """Fragment spreads of a document."""
    document_aliases_max: int = Field(_DOCUMENTS.aliases_max, ge=0)
    """Aliases of a document."""
    document_directives_max: int = Field(_DOCUMENTS.directives_max, ge=0)
    """Directives of a document."""
    document_variables_max: int = Field(_DOCUMENTS.variables_max, ge=0)
    """Variables of a document."""
    document_items_max: int = Field(_DOCUMENTS.items_max, ge=1)
    """Items of one list or input object, in the document or in its variables."""
    document_repeated_pairs_max: int = Field(_DOCUMENTS.repeated_pairs_max, ge=0)
    """Pairs of fields with the same name, which validation has to compare. Ten pairs of `__typename` count as one."""
    variables_depth_max: int = Field(_DOCUMENTS.variables_depth_max, ge=1)
    """Levels to which the values of variables are nested."""
    operation_levels_max: int = Field(_DOCUMENTS.levels_max, ge=1)
    """Levels of an operation, with its fragments written out."""
    operation_fields_max: int = Field(_DOCUMENTS.fields_max, ge=1)
    """Fields of an operation, with its fragments written out."""
    operation_cost_max: int = Field(_DOCUMENTS.cost_max, ge=1)
    """The cost of an operation: the fields of its result, with every list as long as it may become."""

    def document_limits(self, answer_bytes_max: int) -> DocumentLimits:
        return DocumentLimits(
            document_chars_max=self.document_chars_max,
            tokens_max=self.document_tokens_max,
            repeated_pairs_max=self.document_repeated_pairs_max,
            operations_max=self.document_operations_max,
            fragments_max=self.document_fragments_max,
            spreads_max=self.document_spreads_max,
            aliases_max=self.document_aliases_max,
            directives_max=self.document_directives_max,
            variables_max=self.document_variables_max,
            items_max=self.document_items_max,
            variables_depth_max=self.variables_depth_max,
            levels_max=self.operation_levels_max,
            fields_max=self.operation_fields_max,
            cost_max=self.operation_cost_max,
            answer_bytes_max=answer_bytes_max,
        )
