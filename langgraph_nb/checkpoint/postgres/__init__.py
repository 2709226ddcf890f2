"""Threads in PostgreSQL: ``pip install langgraph-nb[postgres]``."""
