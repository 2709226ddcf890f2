"""Checkpoints copied."""

from langgraph_nb.checkpoint.base import copy_checkpoint

__all__ = ["copy_checkpoint"]
