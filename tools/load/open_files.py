"""Each player has a socket, which is an open file of this process."""

from __future__ import annotations

import sys


class TooFewFiles(Exception):
    """The system allows this process fewer open files than it needs. The message says how to change that."""


def allow_open_files(count: int) -> None:
    """Let this process have so many open files. Raises `TooFewFiles`."""
    if sys.platform == "win32":
        return  # no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise TooFewFiles(
            f"So many players need {count:,} open files, and the system allows this process {hard:,}. Raise the limit "
            f"(`ulimit -n {count}` as an administrator, or LimitNOFILE of a unit), or take fewer players."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
