"""A bad network: a TCP proxy between players and servers."""
