"""What an operator can set about limits: how large, how many, how often. `Settings` takes these in; docs/limits.md tells them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lobby.http.limits import HTTPLimits
from lobby.http.places import PlaceLimits
from lobby.operations.document_limits import DocumentLimits
from lobby.rates.attempts import TryLimits
from lobby.rates.buckets import Rate
from lobby.rates.rates import RateLimits

_RATES, _TRIES, _DOCUMENTS = RateLimits(), TryLimits(), DocumentLimits()


class MutationRate(BaseModel):
    """A rate of one kind of mutation."""

    per_s: float = Field(gt=0)
    burst: int = Field(ge=1)


class LimitSettings(BaseModel):
    """Each stands in the environment with `LOBBY_` in front, its unit in its name."""

    rate_limits: bool = True
    """Whether anything below that has a time in its name is held to. Wrong passwords always are: that is a rule of the lobby."""
    mutations_per_player_s: float = Field(_RATES.mutations_per_player.per_s, gt=0)
    mutations_per_player_burst: int = Field(_RATES.mutations_per_player.burst, ge=1)
    mutation_rates: dict[str, MutationRate] = {
        kind: MutationRate(per_s=rate.per_s, burst=rate.burst) for kind, rate in _RATES.of_mutation.items()
    }
    """By kind, such as {"post_message": {"per_s": 3, "burst": 10}}."""
    fields_per_player_s: float = Field(_RATES.fields_per_player.per_s, gt=0)
    fields_per_player_burst: int = Field(_RATES.fields_per_player.burst, ge=1)
    fields_per_address_s: float = Field(_RATES.fields_per_address.per_s, gt=0)
    fields_per_address_burst: int = Field(_RATES.fields_per_address.burst, ge=1)
    requests_per_address_s: float = Field(_RATES.requests_per_address.per_s, gt=0)
    requests_per_address_burst: int = Field(_RATES.requests_per_address.burst, ge=1)
    document_chars_per_address_s: float = Field(_RATES.document_chars_per_address.per_s, gt=0)
    document_chars_per_address_burst: int = Field(_RATES.document_chars_per_address.burst, ge=1)
    refusals_per_address_s: float = Field(_RATES.refusals_per_address.per_s, gt=0)
    """Requests that are refused with an error; more of them are made to wait for it."""
    refusals_per_address_burst: int = Field(_RATES.refusals_per_address.burst, ge=1)
    guests_per_address_min: int = Field(_TRIES.guests_per_address, ge=1)
    wrong_codes_per_player_min: int = Field(_TRIES.codes_per_player, ge=1)
    wrong_codes_per_address_min: int = Field(_TRIES.codes_per_address, ge=1)

    body_bytes_max: int = Field(65_536, ge=1024)
    frame_bytes_max: int = Field(65_536, ge=1024)
    head_wait_s: float = Field(10, gt=0)
    """How long a request's head may take to arrive."""
    body_wait_s: float = Field(10, gt=0)
    init_wait_s: float = Field(5, gt=0)
    """How long a socket has to say who it is."""
    operations_per_socket_max: int = Field(64, ge=1)
    streams_per_player_max: int = Field(64, ge=1)
    connections_per_player_max: int = Field(32, ge=1)
    connections_per_address_max: int = Field(256, ge=1)
    """Sockets and streams of events, by the address that the client is known by."""
    connections_max: int = Field(10_000, ge=1)
    """The same in all."""
    tcp_connections_max: int = Field(20_000, ge=1)
    tcp_connections_per_address_max: int = Field(1_024, ge=1)
    """By the address that the kernel sees; without a bound where `trusted_proxies` are set."""
    trusted_proxies: list[str] = []
    """Addresses or networks (CIDR) whose X-Forwarded-For is believed."""

    document_chars_max: int = Field(_DOCUMENTS.document_chars_max, ge=1)
    document_tokens_max: int = Field(_DOCUMENTS.tokens_max, ge=1)
    document_operations_max: int = Field(_DOCUMENTS.operations_max, ge=1)
    document_fragments_max: int = Field(_DOCUMENTS.fragments_max, ge=0)
    document_spreads_max: int = Field(_DOCUMENTS.spreads_max, ge=0)
    document_aliases_max: int = Field(_DOCUMENTS.aliases_max, ge=0)
    document_directives_max: int = Field(_DOCUMENTS.directives_max, ge=0)
    document_variables_max: int = Field(_DOCUMENTS.variables_max, ge=0)
    document_items_max: int = Field(_DOCUMENTS.items_max, ge=1)
    document_repeated_pairs_max: int = Field(_DOCUMENTS.repeated_pairs_max, ge=0)
    variables_depth_max: int = Field(_DOCUMENTS.variables_depth_max, ge=1)
    operation_levels_max: int = Field(_DOCUMENTS.levels_max, ge=1)
    operation_fields_max: int = Field(_DOCUMENTS.fields_max, ge=1)
    operation_price_max: int = Field(_DOCUMENTS.price_max, ge=1)
    introspection: bool = True
    """Whether anybody may ask what the schema is. Without it errors do not say either what may have been meant."""
    graphiql: bool = True

    def document_limits(self) -> DocumentLimits:
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
            price_max=self.operation_price_max,
        )

    def rates(self) -> RateLimits | None:
        """None where nothing is held to a rate."""
        if not self.rate_limits:
            return None
        return RateLimits(
            mutations_per_player=Rate(self.mutations_per_player_s, self.mutations_per_player_burst),
            of_mutation={kind: Rate(rate.per_s, rate.burst) for kind, rate in self.mutation_rates.items()},
            fields_per_player=Rate(self.fields_per_player_s, self.fields_per_player_burst),
            fields_per_address=Rate(self.fields_per_address_s, self.fields_per_address_burst),
            requests_per_address=Rate(self.requests_per_address_s, self.requests_per_address_burst),
            document_chars_per_address=Rate(self.document_chars_per_address_s, self.document_chars_per_address_burst),
            refusals_per_address=Rate(self.refusals_per_address_s, self.refusals_per_address_burst),
        )

    def tries(self) -> TryLimits | None:
        if not self.rate_limits:
            return None
        return TryLimits(
            codes_per_player=self.wrong_codes_per_player_min,
            codes_per_address=self.wrong_codes_per_address_min,
            guests_per_address=self.guests_per_address_min,
        )

    def place_limits(self) -> PlaceLimits:
        return PlaceLimits(
            connections_max=self.connections_max,
            per_address_max=self.connections_per_address_max,
            per_player_max=self.connections_per_player_max,
        )

    def http_limits(self) -> HTTPLimits:
        return HTTPLimits(
            body_bytes_max=self.body_bytes_max,
            body_wait_s=self.body_wait_s,
        )
