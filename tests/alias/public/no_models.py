"""For programs that ask no model."""
