"""How many connections the operating system lets this process hold."""

from __future__ import annotations

from contextlib import suppress

try:
    import resource
except ImportError:  # Windows, which has no such bound
    resource = None  # type: ignore[assignment]

KEPT_FREE = 64
"""Descriptors for all that is no connection: the store's files, the listening socket, what a library opens."""


def connections_held_max(wanted: int) -> int:
    """`wanted`, or what there are descriptors for: 1,024 is what many systems begin with, and past it nobody is answered at all,
    not even with a refusal. The soft limit is raised as far as it may be."""
    if resource is None:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = wanted + KEPT_FREE if hard == resource.RLIM_INFINITY else min(wanted + KEPT_FREE, hard)
    if soft != resource.RLIM_INFINITY and soft < raised:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - KEPT_FREE))
