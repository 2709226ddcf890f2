"""Adapters: what LangGraph has in private modules, and packages built on it import from there.

``private/X/Y.py`` answers to ``langgraph.X.Y``. The names in the ``__all__`` of one that this package has too are added
to it. Nothing here is for programs to import.
"""

__all__: list[str] = []
