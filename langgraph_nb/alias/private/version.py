"""Which version of LangGraph's interface is served."""

from langgraph_nb.alias.distributions import VERSIONS

__all__ = ["__version__"]

__version__ = VERSIONS["langgraph"]
