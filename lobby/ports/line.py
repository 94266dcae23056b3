"""How what a follower is told reaches its client without anybody waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Told_contra = TypeVar("Told_contra", contravariant=True)


class Line(Protocol[Told_contra]):
    """One follower's. It can be held for as long as it is clear: while its client keeps up, and wants what comes."""

    @property
    def form(self) -> Callable[[Told_contra], Any]:
        """Makes of something told what is written. What is made by equal forms is the same, so it is made once for them."""

    @property
    def write(self) -> Callable[[Any], object]:
        """Writes what `form` has made, in the order of the calls. For a line that is held; never raises, never waits."""

    def hold(self, pull: Callable[[], None]) -> bool:
        """Whether it is clear. Then it calls `pull` as soon as it is not, even from within `write`: what was written by then is
        on its way, and nothing is to be written from there on."""

    def let_go(self) -> None:
        """Hold it no longer; `pull` is not called any more."""
