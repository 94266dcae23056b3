"""The players of a run: they act at random, retry each request until it is answered, and record everything they receive."""
