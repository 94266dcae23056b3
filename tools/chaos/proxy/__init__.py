"""A bad network: the TCP proxy between players and servers."""
