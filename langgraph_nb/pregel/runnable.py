"""A compiled graph in LangChain's eyes: a ``Runnable``, without langchain-core being loaded for it.

Where langchain-core is in use, a graph is a virtual subclass of ``Runnable`` (``abc.ABCMeta.register``), known as one
when somebody first looks, and takes what it lacks (``batch``, ``bind``, ``with_retry``, ``astream_events``, …) from
there. Type checkers see a plain subclass. This file knows nothing of graphs but that they have ``invoke`` and
``stream``.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar

__all__ = ["RunnableSurface", "loaded", "registered"]

MISSING: Any = object()

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable as RunnableSurface
else:
    InputT = TypeVar("InputT")
    OutputT = TypeVar("OutputT")

    class RunnableSurface(Generic[InputT, OutputT]):
        """What makes an object with ``invoke`` and ``stream`` a LangChain ``Runnable``."""

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            registered(cls)

        @property
        def __class__(self) -> type:
            """The type itself. Who asks may be ``isinstance``: where there is a ``Runnable``, it is one from now on."""
            return registered(type(self))

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("__"):
                runnable = loaded() if name.startswith("_") else _runnable()  # what displays probe for loads nothing
                found = inspect.getattr_static(runnable, name, MISSING)
                if found is not MISSING:
                    return found.__get__(self, type(self)) if hasattr(found, "__get__") else found
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

        def __dir__(self) -> list[str]:
            return sorted({*super().__dir__(), *(name for name in dir(loaded()) if not name.startswith("_"))})

        def __or__(self, other: Any) -> Any:
            return _runnable().__or__(self, other)

        def __ror__(self, other: Any) -> Any:
            return _runnable().__ror__(self, other)


def _runnable() -> Any:
    from langchain_core.runnables import Runnable

    return Runnable


def loaded() -> Any:
    """The class ``Runnable`` if it is there; ``None`` also while its module is being imported."""
    return getattr(sys.modules.get("langchain_core.runnables.base"), "Runnable", None)


def registered(kind: type) -> type:
    """The class, known to ``Runnable`` as a subclass if there is one; and with it all others that have the surface."""
    if (runnable := loaded()) is not None:
        runnable.register(RunnableSurface)
    return kind
