"""Real Valkey or Redis processes, for whoever needs one: this test of everything, the tests of the store, the benchmark."""
