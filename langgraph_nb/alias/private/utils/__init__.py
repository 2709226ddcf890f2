"""Old paths of private names, which packages of earlier days import from."""

__all__: list[str] = []
