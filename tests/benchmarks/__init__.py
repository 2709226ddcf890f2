"""What things cost, side by side with LangGraph: ``python -m tests.benchmarks --help``.

Two workers, one for each package, take turns at the same workload, so that both see the same machine. The least of the
rounds counts: noise only adds. Ratios are what to read; absolute times are this machine's, today.
"""
