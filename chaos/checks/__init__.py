"""What must hold when the run is over. Plain functions from what was seen and what is in the log to violations."""
