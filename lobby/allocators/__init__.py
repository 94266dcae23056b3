"""Where a session is to be played: one file for each way of finding out. See `lobby.ports.Allocator`."""
