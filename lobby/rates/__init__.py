"""How often who may do what. In this process alone, but for what is guessed: see `guesses.py`."""
