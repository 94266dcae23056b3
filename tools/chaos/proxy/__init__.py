"""A bad network: the TCP proxy between players and servers.

`adventurebot-lobby chaos` runs it alone, in front of a server that runs, for people who test their own client.
"""
