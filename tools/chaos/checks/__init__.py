"""The checks of a run that is over: plain functions from evidence and logs to violations."""
