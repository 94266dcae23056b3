"""Matchmaking: the index of all searches, the matcher over it, and what players and the server do with a search."""
