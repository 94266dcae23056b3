"""Several nodes on one machine, behind one port: `server.py --workers N`."""
