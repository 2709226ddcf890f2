"""The import hook: a finder before all others, that has an answer for ``langgraph`` and everything below it.

Each module has one identity under two names: ``sys.modules["langgraph.graph"] is sys.modules["langgraph_nb.graph"]``,
so no class is there twice. Which module answers to a name:

    ours                     ``langgraph_nb.NAME``
    ours and an adapter      ours, with the names in the adapter's ``__all__`` that it lacks, and the methods in its
                             ``METHODS`` that classes of ours lack
    an adapter               ``langgraph_nb.alias.private.NAME``
    neither                  what a third party has put there, of ``checkpoint``, ``store`` and ``cache``

This file knows nothing of what the modules are for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder
from types import ModuleType
from typing import Any

from langgraph_nb.alias.distributions import served

__all__ = ["AlreadyImported", "install", "is_installed", "uninstall"]

THEIRS, OURS, ADAPTERS = "langgraph", "langgraph_nb", "langgraph_nb.alias.private"
ADAPTED_WHOLE = frozenset(("version",))
"""Modules of ours that an adapter answers for: which version of LangGraph's interface is served is not our version."""
OPEN = frozenset(("checkpoint", "store", "cache"))
"""Where other projects put modules of theirs, which are loaded as they are, on top of ours."""
MISSING: Any = object()


class AlreadyImported(ImportError):
    """LangGraph itself was imported before the alias was installed."""


class _Served(Loader):
    """Loads a module by giving one that is there already, or is imported by its own name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.own_spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.name)
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own_spec  # the import system has put that of the other name there


class _Finder(MetaPathFinder):
    """Answers for ``langgraph``, and for the distributions that it comes in.

    Everything it does to a module of ours it writes down, so that it can be taken back.
    """

    def __init__(self) -> None:
        self.replaced: list[tuple[Any, str, Any]] = []
        """Module or class, attribute, and what was there before."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, name = fullname.partition(".")
        if root == THEIRS:
            return self._theirs(fullname, name)
        if root == OURS and name.partition(".")[0] != "alias":  # so asks ``from langgraph.pregel import _checkpoint``
            return self._adapter_alone(fullname, name)
        return None

    def find_distributions(
        self, context: DistributionFinder.Context = DistributionFinder.Context()  # noqa: B008 - it is never changed
    ) -> Iterable[Distribution]:
        return served(context.name)

    def _theirs(self, fullname: str, name: str) -> ModuleSpec | None:
        if not name:
            return _spec(fullname, OURS, True)
        ours, adapter = _find(OURS, name), _find(ADAPTERS, name)
        if adapter is not None and (ours is None or name in ADAPTED_WHOLE):
            return self._served(fullname, adapter)
        if ours is None:
            return _third_party(fullname, name)
        if adapter is not None:
            self._add(import_module(ours.name), import_module(adapter.name))
        return _spec(fullname, ours.name, ours.submodule_search_locations is not None)

    def _adapter_alone(self, fullname: str, name: str) -> ModuleSpec | None:
        if _find(OURS, name) is not None:
            return None
        adapter = _find(ADAPTERS, name)
        return None if adapter is None else self._served(fullname, adapter)

    def _served(self, fullname: str, adapter: ModuleSpec) -> ModuleSpec:
        """An adapter in a place of its own; the import system makes it an attribute of what is around it."""
        around, _, last = fullname.replace(THEIRS + ".", OURS + ".", 1).rpartition(".")
        if (package := sys.modules.get(around)) is not None:
            self.replaced.append((package, last, vars(package).get(last, MISSING)))
        return _spec(fullname, adapter.name, adapter.submodule_search_locations is not None)

    def _add(self, module: ModuleType, adapter: ModuleType) -> None:
        """Give a module of ours, and classes in it, the names that they lack."""
        given = [(module, name, getattr(adapter, name)) for name in adapter.__all__]
        if hasattr(adapter, "__path__"):
            given.append((module, "__path__", []))  # there are modules below it, all of them adapters
        methods: dict[str, dict[str, Any]] = getattr(adapter, "METHODS", {})
        given += [(getattr(module, owner), name, f) for owner, of in methods.items() for name, f in of.items()]
        for owner, name, value in given:
            if not hasattr(owner, name):
                self.replaced.append((owner, name, MISSING))
                setattr(owner, name, value)

    def take_back(self) -> None:
        """Leave our modules as they were."""
        for owner, name, before in reversed(self.replaced):
            if before is not MISSING:
                setattr(owner, name, before)
            elif name in vars(owner):
                delattr(owner, name)
        self.replaced.clear()


_finder = _Finder()


def install() -> None:
    """Serve ``langgraph`` and everything below it from this package, until ``uninstall()``. Twice is once.

    Raises:
        AlreadyImported: LangGraph itself is imported already; what was taken from it would stay LangGraph's.

    Example:
        >>> install()
        >>> from langgraph.graph import StateGraph
        >>> import langgraph_nb.graph
        >>> StateGraph is langgraph_nb.graph.StateGraph
        True
        >>> uninstall()
    """
    if is_installed():
        return
    if there := sorted(name for name in sys.modules if name.startswith(THEIRS + ".")):
        shown = ", ".join(there[:3]) + (", ..." if len(there) > 3 else "")
        raise AlreadyImported(
            f"LangGraph itself is already imported ({shown}), and what was taken from it stays LangGraph's. Install "
            "the alias before anything imports langgraph: restart Python (the kernel), and begin with "
            "langgraph_nb.alias.install() or %load_ext langgraph_nb.alias."
        )
    sys.modules.pop(THEIRS, None)  # somebody has only looked whether it is there
    from langgraph_nb.alias.carried import carry

    carry()
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Take the alias away. What was imported through it stays what it is; the next import finds LangGraph itself."""
    if not is_installed():
        return
    from langgraph_nb.alias.carried import drop

    sys.meta_path.remove(_finder)
    drop()
    _finder.take_back()
    for name in [name for name in sys.modules if name == THEIRS or name.startswith(THEIRS + ".")]:
        del sys.modules[name]
    for name in [name for name, module in sys.modules.items() if _is_adapter_by_our_name(name, module)]:
        del sys.modules[name]


def is_installed() -> bool:
    """Whether ``langgraph`` is served from here."""
    return _finder in sys.meta_path


def _is_adapter_by_our_name(name: str, module: ModuleType) -> bool:
    served = getattr(module, "__name__", name)
    return name.startswith(OURS + ".") and served != name and served.startswith(ADAPTERS)


def _find(root: str, name: str) -> ModuleSpec | None:
    """Where ``root.name`` would be loaded from, if there is such a module."""
    around, _, _ = f"{root}.{name}".rpartition(".")
    try:
        package = import_module(around)
    except ModuleNotFoundError:
        return None
    paths = getattr(package, "__path__", None)
    if paths is None or package.__name__ != around:  # what is below an adapter is no module of ours
        return None
    return PathFinder.find_spec(f"{root}.{name}", paths)


def _spec(fullname: str, served: str, is_package: bool) -> ModuleSpec:
    return ModuleSpec(fullname, _Served(served), is_package=is_package)


def _third_party(fullname: str, name: str) -> ModuleSpec | None:
    """A module of another project's below ``langgraph``."""
    top, _, rest = name.partition(".")
    if top not in OPEN or not rest or "." in rest:
        return None  # what is below a module of theirs has a parent, which says where to look
    places = [f"{place}/langgraph/{top}" for place in sys.path]
    return PathFinder.find_spec(fullname, places)
