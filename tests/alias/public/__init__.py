"""Programs of public repositories, run on LangGraph, with one word changed, and by the alias; see ``README.md``."""
