"""Many nodes over one Valkey beside the embedded store: `scripts/bench nodes`, see docs/benchmarks.md."""
