"""Modules of prebuilt parts that are private there."""

__all__: list[str] = []
