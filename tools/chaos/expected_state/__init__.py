"""The log as the store has it at the end of a run, and the answers and frames that the contract demands for it."""
