"""Files of stores and caches as they were written in the past, and what is in them."""
