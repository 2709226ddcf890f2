"""Interrupts as forms: from what a node asked to fields a person fills in, and from the raw answer to a valid value.

Pure: nothing here knows of widgets, graphs, threads or the event loop.
"""

from __future__ import annotations

from langgraph_nb.notebook.forms.answer import Answer, explained, read_answer
from langgraph_nb.notebook.forms.fields import ContextItem, Field, Form, Option
from langgraph_nb.notebook.forms.request import form_of
from langgraph_nb.notebook.forms.schema import read_schema

__all__ = ["Answer", "ContextItem", "Field", "Form", "Option", "explained", "form_of", "read_answer", "read_schema"]
