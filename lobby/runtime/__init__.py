"""Small parts that everything may use: clock, ids, caches, background tasks, the garbage collector."""
