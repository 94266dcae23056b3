"""Programs for developers: attack, bench, chaos, demo, fuzz, unity_codegen."""
