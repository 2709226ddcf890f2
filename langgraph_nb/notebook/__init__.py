"""The notebook around the runtime: building, seeing, running and approving, cell by cell."""
