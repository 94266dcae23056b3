"""The command `adventurebot-lobby`, for an installed server and for a clone (`python -m adventurebot_lobby`)."""

import sys
from pathlib import Path

PARTS = Path(__file__).parent / "parts"
"""The folder of the server in a wheel: a folder of its own, because other packages install a `schema` or a `web`, too.

A clone has no such folder: there the server lies beside this package.
"""

if PARTS.is_dir():
    sys.path.insert(0, str(PARTS))
