"""Memory across threads: documents in namespaces. One module for each place they are kept in."""
