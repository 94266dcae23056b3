"""The Lua scripts that run inside the servers.

They are scripts rather than functions of a library: a script is called by the hash of its text, so that nodes of two versions
run side by side during an upgrade. Scripts need no administrator's rights. A server that lacks a script (after a restart, or
because it was a replica) says so, and gets it with the next call.
"""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path

_FOLDER = Path(__file__).with_name("lua")


class Script:
    """A Lua file with the files that it builds on (`before`). `sha` is its name in the servers."""

    def __init__(self, name: str, *before: str) -> None:
        self.name = name
        self.text = "\n".join((_FOLDER / f"{part}.lua").read_text() for part in (*before, name))
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


COMMIT = Script("commit", "common", "party", "inbox")
POST_TO_INBOX = Script("post_to_inbox", "common", "inbox")
EMPTY_OUTBOX = Script("empty_outbox", "common", "inbox")
CLAIM = Script("claim", "common")
UNDO_CLAIMS = Script("undo_claims", "common")
GIVE_BACK = Script("give_back", "common")
REPLACE_CLAIM = Script("replace_claim", "common")
FENCE = Script("fence", "common")
PREPARE_INTENT = Script("prepare_intent", "common", "party")
FINISH_INTENT = Script("finish_intent", "common", "party")
READ_PARTY = Script("read_party", "common")
LIST_CHANGES = Script("list_changes", "common", "party")
LIST_PAGE = Script("list_page", "common", "party")
SESSIONS_PAGE = Script("sessions_page", "common")
PARTY_SESSIONS = Script("party_sessions", "common")
SEARCH_CHANGES = Script("search_changes", "common")
HOLD_LEASE = Script("hold_lease", "common")
ADD_WAITS = Script("add_waits", "common")
STORE_COUNTS = Script("store_counts", "common")
TAKE_DUE = Script("take_due", "common")
SWEEP = Script("sweep", "common", "party")
DUE_EVENTS = Script("due_events", "common")
RECORD_SENT = Script("record_sent", "common")
REPLAY_EVENTS = Script("replay_events", "common")
REPLACE_RUN = Script("replace_run", "common")
ERASE_KEYS = Script("erase_keys", "common")
ERASE_INBOX = Script("erase_inbox", "common")
MARK_ERASED = Script("mark_erased", "common")
ERASE_PARTY = Script("erase_party", "common", "party")
SCAN_KEYS = Script("scan_keys", "common")
RECORD_ACT = Script("record_act", "common")
ADD_REPORT = Script("add_report", "common")
ERASE_MODERATION = Script("erase_moderation", "common")
SWEEP_MODERATION = Script("sweep_moderation", "common")
SAVE_FAMILY = Script("save_family", "common")
PREPARE_IDENTITY = Script("prepare_identity", "common")
CLAIM_IDENTITY = Script("claim_identity", "common")
UNLINK_IDENTITY = Script("unlink_identity", "common")
DROP_IDENTITY = Script("drop_identity", "common")
SAVE_BLOCK_LIST = Script("save_block_list", "common")
ADD_BLOCK_HINT = Script("add_block_hint", "common")
REMOVE_BLOCK_HINT = Script("remove_block_hint", "common")
FIND_BLOCKS = Script("find_blocks", "common")
COUNT_ATTEMPT = Script("count_attempt", "common")
REFUND_ATTEMPT = Script("refund_attempt", "common")
RENEW_LEASE = Script("renew_lease", "common")
END_LEASE = Script("end_lease", "common")
UPDATE_PRESENCE = Script("update_presence", "common")
TAKE_OVER_PLAYERS = Script("take_over_players", "common")

READ_ONLY = (
    READ_PARTY,
    LIST_CHANGES,
    LIST_PAGE,
    SESSIONS_PAGE,
    PARTY_SESSIONS,
    SEARCH_CHANGES,
    STORE_COUNTS,
    FIND_BLOCKS,
    DUE_EVENTS,
    SCAN_KEYS,
)
"""All others change something. Their calls may be repeated, or arrive late: tests/lobby/stores/valkey/test_late_calls.py."""
