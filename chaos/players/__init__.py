"""Players: they act at random, never give up on a request, and keep all they are shown."""
