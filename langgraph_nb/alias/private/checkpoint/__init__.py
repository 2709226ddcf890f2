"""What savers of other projects import besides the base class."""

__all__: list[str] = []
