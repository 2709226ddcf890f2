"""Modules of event streams that are private there."""

__all__: list[str] = []
