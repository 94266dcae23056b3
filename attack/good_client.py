"""A good client, as a process of its own so that it waits for the server and not for the attackers: it asks who it is, again and
again, and tells when it asked and how long it waited. `python -m attack.good_client HOST PORT TOKEN`."""

from __future__ import annotations

import socket
import sys
import time
from contextlib import suppress

from attack.wire import operation, posted

EVERY_S = 0.01
WAIT_S = 10.0
QUESTION = "query Me { me { ...PlayerFields } }\n\nfragment PlayerFields on Player { id displayName }\n"


def main() -> None:
    """Until its output is closed. A line an answer: when it was asked for (monotonic clock), how long it took, and the status; 0
    stands for none."""
    host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    request = posted(operation(QUESTION), token)
    link: socket.socket | None = None
    while True:
        began_s = time.monotonic()
        try:
            link = link or _connected(host, port)
            link.sendall(request)
            status = _status(link)
        except OSError:
            link, status = None, 0
        print(began_s, time.monotonic() - began_s, status, flush=True)
        if status != 200 and link is not None:
            link.close()
            link = None
        time.sleep(max(0.0, began_s + EVERY_S - time.monotonic()))


def _connected(host: str, port: int) -> socket.socket:
    link = socket.create_connection((host, port), timeout=WAIT_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def _status(link: socket.socket) -> int:
    """Of the next answer, which is small. Raises `OSError`."""
    answer = b""
    while not _is_whole(answer):
        received = link.recv(65_536)
        if not received:
            raise ConnectionResetError
        answer += received
    return int(answer.split(b" ", 2)[1])


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
    return not lengths or len(body) >= int(lengths[0][16:])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
