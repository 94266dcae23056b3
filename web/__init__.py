"""Everything that talks to the network. The plain server is here; the parts that make it fast are in `web.fast` alone."""
