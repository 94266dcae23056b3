"""Compares nodes over one Valkey with the embedded store: `scripts/bench nodes`, see docs/benchmarks.md."""
