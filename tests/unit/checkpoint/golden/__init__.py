"""Databases of each released format, as they were written then, and what they say."""
