"""The tests: ``python3 tests`` runs all of them, ``python -m tests.benchmarks`` measures."""
