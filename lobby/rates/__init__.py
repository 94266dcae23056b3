"""How often who may do what. Rates are of this process alone; attempts (`attempts.py`) are counted by all nodes of a store."""
