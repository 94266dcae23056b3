"""The upgrade test: the players of an earlier release go on while its servers are replaced by servers of this version."""
