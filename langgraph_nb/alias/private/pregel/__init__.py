"""Modules beside the engine that packages import."""

__all__: list[str] = []
