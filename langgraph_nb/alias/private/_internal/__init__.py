"""The private modules that packages import from."""

__all__: list[str] = []
