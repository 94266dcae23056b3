"""The lobby servers of a run: real processes that are killed and started again."""
