"""Rate limits as token buckets, one bucket for each key; the rates that an operator can set; and the limits on commands.

A bucket is stored as one number, the time at which it will be full again (the generic cell rate algorithm of ATM, ITU-T I.371).
So no timer refills it, and a key without recent requests takes no memory. `take` costs 0.6 us. The limiters of `limits` 5.8 take
6 to 10 us in memory, and a network round trip if nodes share their counts; a whole mutation takes 100 us. See docs/limits.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from math import ceil

from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.limits.throttle_log import ThrottleLog
from lobby.runtime.lru_cache import LRUCache


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_s` each second on average. `per_s` is above 0, `burst` at least 1."""

    per_s: float
    burst: int


class RateLimiter:
    """The buckets of one rate, by key."""

    def __init__(self, rate: Rate, keys_max: int = 100_000) -> None:
        """Past `keys_max` keys the least recently used ones are forgotten, which fills their buckets."""
        self.set_rate(rate)
        self._keys_max = keys_max
        self._full_at: dict[Hashable, float] = {}
        self._before: dict[Hashable, float] = {}
        """Two generations of keys: the older one is dropped as a whole, so that there is no cost for each key."""

    def set_rate(self, rate: Rate) -> None:
        """Limit to another rate from now on. A bucket that is empty now needs as long to be full as it needed before."""
        self._ms_each = 1000 / rate.per_s
        self._depth_ms = rate.burst * self._ms_each

    def take(self, key: Hashable, now_ms: float, count: float = 1) -> int:
        """Take `count` tokens and return 0; or, if there are too few, take none and return the ms until there are enough.

        A `count` above the size of the bucket counts as a full bucket, because there never could be enough tokens.
        """
        due = self._due(key, now_ms) + min(count * self._ms_each, self._depth_ms)
        wait_ms = due - now_ms - self._depth_ms
        if wait_ms > 0:
            return ceil(wait_ms)
        self._keep(key, due)
        return 0

    def take_on_credit(self, key: Hashable, now_ms: float, most_ms: float, count: float = 1) -> int:
        """Take `count` tokens even from an empty bucket, and return the ms until they would have been there, at most
        `most_ms`.

        So the requests of a key wait one after the other.
        """
        full_at = self._due(key, now_ms) + count * self._ms_each
        wait_ms = min(max(full_at - now_ms - self._depth_ms, 0.0), most_ms)
        self._keep(key, min(full_at, now_ms + self._depth_ms + most_ms))
        return ceil(wait_ms)

    def credit_wait_ms(self, key: Hashable, now_ms: float, count: float = 0) -> int:
        """The ms until the tokens that `take_on_credit` has taken already, and `count` more, will be there."""
        return ceil(max(self._due(key, now_ms) + count * self._ms_each - now_ms - self._depth_ms, 0.0))

    def _due(self, key: Hashable, now_ms: float) -> float:
        """The time at which the bucket will be full."""
        full_at = self._full_at.get(key)
        if full_at is None:
            full_at = self._before.get(key, 0.0)
        return full_at if full_at > now_ms else now_ms

    def _keep(self, key: Hashable, full_at: float) -> None:
        self._full_at[key] = full_at
        if len(self._full_at) > self._keys_max:
            self._before, self._full_at = self._full_at, {}


DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The rates of players and addresses. Many players may share one address: a household, a dormitory, a carrier's NAT."""

    mutations_per_player: Rate = Rate(10, 20)
    of_mutation: Mapping[str, Rate] = field(
        default_factory=lambda: {
            "create_party": Rate(1, 5),
            "continue_run": Rate(1, 5),
            "enter_party": Rate(1, 5),
            "link_identity": Rate(0.2, 5),
            "quick_join": Rate(2, 8),
            "rotate_join_code": Rate(0.2, 5),
            "post_message": Rate(3, 10),
            "save_checkpoint": Rate(0.5, 5),
            "invite_player": Rate(0.5, 10),
            "report_player": Rate(0.2, 5),
            "block_player": Rate(1, 20),
            "unblock_player": Rate(1, 20),
        }
    )
    """Additional rates of a player for one kind of command: those that cost other players or the server more than most."""
    fields_per_player: Rate = Rate(15_000, 225_000)
    """Fields of query results and of subscribed events. A list counts with its greatest possible length."""
    fields_per_address: Rate = Rate(100_000, 1_000_000)
    requests_per_address: Rate = Rate(500, 1_000)
    """HTTP requests, WebSocket handshakes, and messages on sockets."""
    document_chars_per_address: Rate = Rate(5_000, 50_000)
    """Characters of documents that the server does not know yet: to parse and validate one takes up to 3 us a character."""
    written_bytes_per_player: Rate = Rate(20_000, 2_000_000)
    """Bytes that the commands of a player write: about 4 KB each, and up to 120 KB with all attributes that a party may have."""
    written_bytes_per_player_day: Rate = Rate(536_870_912 / DAY_S, 536_870_912)
    """The same in a day: it bounds what the store keeps of one player, since most of it is kept for a day."""
    written_bytes_per_address: Rate = Rate(250_000, 32_000_000)
    refusals_per_address: Rate = Rate(5, 10)
    """Requests that can't be done as they stand. More than that are refused too, but are made to wait for it."""


DEBT_MS_MAX = 60_000
"""How long a player or an address may have to wait for what has been written."""
PLAYERS_MAX = 100_000
"""Players whose address is known: those who sent a request last."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that a command is about to write."""

    player_id: PlayerId
    address: str | None
    byte_count: int


class CommandLimiter:
    """Limits how often a player sends commands, all of them together and some kinds more strictly, and how many bytes they write.

    Each commit stores the whole party, and a party has room for 120 KB of attributes. A command that was executed is charged, and
    the next one is refused until it is paid for: so one of any size can be executed, and one that changes nothing costs nothing.
    Writes that are on their way count too: otherwise a hundred commands at one moment would pass before the first is charged.
    The players of an address are charged together, because new guests are free.
    """

    def __init__(self, limits: RateLimits, throttled: ThrottleLog | None = None) -> None:
        self._throttled = throttled or ThrottleLog()
        self._bytes_of_players = RateLimiter(limits.written_bytes_per_player)
        self._bytes_of_days = RateLimiter(limits.written_bytes_per_player_day)
        self._bytes_of_addresses = RateLimiter(limits.written_bytes_per_address)
        self._in_flight: dict[str, int] = {}
        """Bytes that are being written, by player and by address."""
        self._address_of: LRUCache[PlayerId, str] = LRUCache(PLAYERS_MAX)
        self._all_commands = RateLimiter(limits.mutations_per_player)
        self._by_name = {name: RateLimiter(rate) for name, rate in limits.of_mutation.items()}

    def set_limits(self, limits: RateLimits) -> None:
        """Limit to other rates from now on."""
        self._bytes_of_players.set_rate(limits.written_bytes_per_player)
        self._bytes_of_days.set_rate(limits.written_bytes_per_player_day)
        self._bytes_of_addresses.set_rate(limits.written_bytes_per_address)
        self._all_commands.set_rate(limits.mutations_per_player)
        for name in self._by_name.keys() - limits.of_mutation.keys():
            del self._by_name[name]
        for name, rate in limits.of_mutation.items():
            self._by_name.setdefault(name, RateLimiter(rate)).set_rate(rate)

    def count(self, player_id: PlayerId, name: str, now: Instant) -> Rejection | None:
        """Count one command, such as "post_message"; a Rejection if it is over a limit.

        A rejected command is not counted: a client that waits for `retry_after_ms` gets through.
        """
        wait_ms = self._debt_ms(player_id, now)
        if wait_ms:
            return self._refuse_bytes(player_id, wait_ms)
        limiter = self._by_name.get(name)
        wait_ms = limiter.take(player_id, now) if limiter is not None else 0
        limit = name if wait_ms else "mutations"
        wait_ms = wait_ms or self._all_commands.take(player_id, now)
        if not wait_ms:
            return None
        self._throttled.note(limit, player_id, wait_ms)
        return rate_limited("You do this too often.", wait_ms)

    def note_address(self, player_id: PlayerId, address: str) -> None:
        """The player has sent a request from this address. An empty one stands for an unknown address, and is not limited."""
        if self._address_of.peek(player_id) != address:
            self._address_of.put(player_id, address)

    def begin_write(self, player_id: PlayerId, byte_count: int, now: Instant) -> Write | Rejection:
        """Called right before a command is committed, without a wait between. `end_write` must follow."""
        write = Write(player_id, self._address_of.peek(player_id) or None, byte_count)
        wait_ms = self._debt_ms(player_id, now)
        if wait_ms:
            return self._refuse_bytes(player_id, wait_ms)
        for key in filter(None, (player_id, write.address)):
            self._in_flight[key] = self._in_flight.get(key, 0) + byte_count
        return write

    def end_write(self, write: Write, is_written: bool, now: Instant) -> None:
        """The command is committed (`is_written`), or it failed."""
        for key in filter(None, (write.player_id, write.address)):
            left = self._in_flight[key] - write.byte_count
            if left:
                self._in_flight[key] = left
            else:
                del self._in_flight[key]
        if is_written:
            self._charge(write.player_id, write.address, write.byte_count, now)

    def charge_bytes(self, player_id: PlayerId, byte_count: int, now: Instant) -> None:
        """A command of the player has written so many bytes besides what `begin_write` knew of."""
        self._charge(player_id, self._address_of.peek(player_id), byte_count, now)

    def _charge(self, player_id: PlayerId, address: str | None, byte_count: int, now: Instant) -> None:
        self._bytes_of_players.take_on_credit(player_id, now, DEBT_MS_MAX, byte_count)
        self._bytes_of_days.take_on_credit(player_id, now, DEBT_MS_MAX, byte_count)
        if address:
            self._bytes_of_addresses.take_on_credit(address, now, DEBT_MS_MAX, byte_count)

    def _refuse_bytes(self, player_id: PlayerId, wait_ms: int) -> Rejection:
        self._throttled.note("written bytes", player_id, wait_ms)
        return rate_limited("You have written too many bytes.", wait_ms)

    def _debt_ms(self, player_id: PlayerId, now: Instant) -> int:
        """How long the player has to wait for what the player, or others of the same address, have written or are writing."""
        address, in_flight = self._address_of.peek(player_id), self._in_flight.get(player_id, 0)
        of_address = (
            self._bytes_of_addresses.credit_wait_ms(address, now, self._in_flight.get(address, 0)) if address else 0
        )
        of_player = self._bytes_of_players.credit_wait_ms(player_id, now, in_flight)
        return max(of_address, of_player, self._bytes_of_days.credit_wait_ms(player_id, now, in_flight))


@dataclass(frozen=True, slots=True)
class PlayerLimiters:
    """The limiters of a player's commands. `commands` None: without a rate limit."""

    commands: CommandLimiter | None
    attempts: AttemptLimiters


def rate_limited(message: str, wait_ms: int) -> Rejection:
    return Rejection(RejectionCode.RATE_LIMITED, message, retryable=True, retry_after_ms=wait_ms)
