"""`adventurebot-lobby chaos --url URL --listen 127.0.0.1:9000`, or `python -m tools.chaos.proxy`."""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from urllib.parse import urlsplit

from tools.chaos.proxy.counts import ConnectionCounts
from tools.chaos.proxy.network_faults import CHAOS_SHARES, FAULTS, NetworkFaults, Times
from tools.chaos.proxy.proxy import Proxy
from tools.demo.__main__ import DEFAULT_ADDRESS
from tools.demo.address import Address

DONE, FAILED = 0, 1
LISTEN = ("127.0.0.1", 8001)
PORT_MAX = 65_535
HTTP_PORT = 80
REPORT_EVERY_S = 5.0
TRY_WAIT_S = 5.0
LIFETIME_MAX_S, DELAY_MAX_S = 3_600.0, 60.0
DEFAULT_SHARES = {**{name: share * 0.9 for name, share in CHAOS_SHARES.items()}, "half_close": 0.04}
"""Some connections have no fault, as on a real network."""
_HELP = {
    "cut": "both sides see a reset after some time",
    "delay": "each piece of data comes later; cut after some time",
    "cut_request": "cut in the middle of what the client sends",
    "cut_answer": "cut in the middle of what the server sends",
    "drop_answer": "the server gets the request, and the client never gets the answer",
    "stall": "after some time nothing passes in either direction, for 6 s; then cut",
    "half_close": "after some time the client sees the end of the stream, and may still send for 6 s; then cut",
    "refuse": "closed as soon as it is open",
}


class CannotRun(Exception):
    """The proxy cannot begin. The message says why."""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m tools.chaos.proxy") -> int:
    """The exit code: 0 after an interrupt or SIGTERM; 1 if it could not begin; 2 for arguments."""
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    given = {name: getattr(options, name) for name in FAULTS if getattr(options, name) is not None}
    shares = given or DEFAULT_SHARES
    if sum(shares.values()) > 1 + 1e-9:
        parser.error(f"the shares of the faults add up to {sum(shares.values()):g}, and 1 is all connections")
    random = Random(options.seed)  # noqa: S311 - it only has to be repeatable
    network = NetworkFaults(random, shares, Times(options.lifetime, options.delay_max))
    try:
        asyncio.run(_serve(options.url, options.listen, network, random, shares))
    except KeyboardInterrupt:
        return DONE
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return FAILED
    return DONE


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A bad network in front of a server that runs, to test a client: point the client at the address of "
        "--listen. Each connection, of HTTP and of WebSocket, gets one fault or none. The options for faults take shares of the "
        "connections, 0 to 1. With one of them, only those given happen; without any, a mix of all. See docs/load.md.",
    )
    parser.add_argument("--url", type=_http_address, default=DEFAULT_ADDRESS, help="where the server is, http only")
    parser.add_argument("--listen", type=_listen, default=LISTEN, metavar="HOST:PORT", help="default 127.0.0.1:8001")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults in the same order")
    parser.add_argument(
        "--lifetime",
        type=_seconds(LIFETIME_MAX_S),
        default=Times().lifetime_mean_s,
        metavar="SECONDS",
        help="mean time until a connection is cut, stalls or is half closed, default %(default)s",
    )
    parser.add_argument(
        "--delay-max",
        type=_seconds(DELAY_MAX_S),
        default=Times().delay_max_s,
        metavar="SECONDS",
        help="longest delay, default %(default)s; seven times as long on half of the delayed connections",
    )
    for name, text in _HELP.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=_share, metavar="SHARE", help=text)
    return parser


def _http_address(text: str) -> Address:
    address = Address.argument(text)
    if not address.base.startswith("http:"):
        raise argparse.ArgumentTypeError(f"the proxy reads no TLS: name the server by an http address, not {text}")
    return address


def _listen(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise argparse.ArgumentTypeError(f"an address and a port such as 127.0.0.1:8001, not {text}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _share(text: str) -> float:
    return _between(text, 0, 1, "")


def _seconds(most: float) -> Callable[[str], float]:
    return partial(_between, least=0.001, most=most, unit=" seconds")


def _between(text: str, least: float, most: float, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{least:g} to {most:g}{unit}, not {text}")
    return value


async def _serve(
    url: Address, listen: tuple[str, int], network: NetworkFaults, random: Random, shares: Mapping[str, float]
) -> None:
    """Pass connections on until an interrupt. Raises `CannotRun`."""
    parts = urlsplit(url.base)
    server = (str(parts.hostname), parts.port or HTTP_PORT)
    await _try(server)
    counts = ConnectionCounts()
    proxy = Proxy([server], network, random, counts)
    try:
        await proxy.open(*listen)
    except OSError as error:
        raise CannotRun(f"--listen: {listen[0]}:{listen[1]} can't be used: {error}") from error
    host, port = proxy.address
    mix = ", ".join(f"{name.replace('_', '-')} {share:.0%}" for name, share in shares.items() if share)
    _write(f"http://{host if ':' not in host else f'[{host}]'}:{port} leads to {url.base}: {mix or 'no faults'}")
    stop = asyncio.Event()
    with suppress(NotImplementedError):  # Windows
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began_at = time.monotonic()
    try:
        while not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(REPORT_EVERY_S):
                    await stop.wait()
            _write(f"{time.monotonic() - began_at:5.0f} s  {_summary(proxy, counts)}")
    finally:
        await proxy.close()


async def _try(server: tuple[str, int]) -> None:
    try:
        async with asyncio.timeout(TRY_WAIT_S):
            _, writer = await asyncio.open_connection(*server)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        raise CannotRun(f"Nobody answers at {server[0]}:{server[1]}: {error or type(error).__name__}") from error


def _summary(proxy: Proxy, counts: ConnectionCounts) -> str:
    cut = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.cut.items()))
    return f"{counts.connections} connections, {proxy.open_connections} open" + (f"; ended: {cut}" if cut else "")


def _write(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
