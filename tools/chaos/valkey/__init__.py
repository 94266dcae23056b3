"""Real Valkey or Redis processes, for the chaos test, the tests of the store and the benchmark."""
