"""The Lua that runs inside the servers.

Scripts rather than functions of a library: a script goes by the hash of its text, so that nodes of two versions run side by
side during an upgrade; it asks for no right to administer; and a server that does not have it (a new one, a restarted one, a
replica that took over) says so and is given it with the next call.
"""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path

_FOLDER = Path(__file__).with_name("lua")


class Script:
    """`sha` is the name by which a server knows it."""

    def __init__(self, name: str, *before: str) -> None:
        self.name = name
        self.text = "\n".join((_FOLDER / f"{part}.lua").read_text() for part in (*before, name))
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


COMMIT = Script("commit", "common", "party")
READ = Script("read", "common")
TAKE_DUE = Script("take_due", "common")
SWEEP = Script("sweep", "common", "party")
SAVE_FAMILY = Script("save_family", "common")
LIST_NEWS = Script("list_news", "common", "party")
LIST_PAGE = Script("list_page", "common", "party")
SESSIONS = Script("sessions", "common")
SESSIONS_OF = Script("sessions_of", "common")
CENSUS = Script("census", "common")
ATTEMPT = Script("attempt", "common")
LEASE = Script("lease", "common")
END_LEASE = Script("end_lease", "common")
TELL = Script("tell", "common")
TAKE_OVER = Script("take_over", "common")
CLAIM = Script("claim", "common")
GIVE_BACK = Script("give_back", "common")
UNCLAIM = Script("unclaim", "common")
SWAP = Script("swap", "common")
FENCE = Script("fence", "common")
PREPARE = Script("prepare", "common", "party")
FINISH = Script("finish", "common", "party")
