"""A package, because of what is below it."""

__all__: list[str] = []
