"""A warning that may come many times a second, logged as one line with a count."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

INTERVAL_S = 10.0


class RepeatedWarning:
    """Logs the first warning at once, and then at most one every `interval_s`, with the number of those in between.

    While a disk is full, each mutation fails: a line for each would fill the disk of the logs too, and hide all other lines.
    """

    def __init__(
        self, logger: logging.Logger, interval_s: float = INTERVAL_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._interval_s = interval_s
        self._now_s = now_s
        self._next_at_s: float | None = None
        self._omitted = 0

    def log(self, message: str, *args: object) -> None:
        """Log `message % args`, or count it."""
        now_s = self._now_s()
        if self._next_at_s is not None and now_s < self._next_at_s:
            self._omitted += 1
            return
        omitted, self._omitted = self._omitted, 0
        self._next_at_s = now_s + self._interval_s
        if omitted:
            message, args = f"{message} (warnings like this since the previous line: %d more)", (*args, omitted)
        self._logger.warning(message, *args)
