"""Streams: projections of a run's events."""
