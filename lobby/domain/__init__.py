"""The rules of the lobby, as pure functions of frozen values. Time, random values and ids are passed in.

- `model.py`, `party_settings.py`, `values.py`: a party and all that belongs to it.
- `commands.py` -> `rules/` -> `events.py`: what a player wants, whether the rules allow it, and what happens then.
- `evolve.py`: the party after an event.
- `viewer_access.py`, `listing.py`: who may see what of a party, and which parties are on the public list.

Nothing here imports anything of the lobby outside this package but `lobby.struct`.
"""
