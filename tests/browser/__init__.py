"""Tests in a browser. A package, so that its fixtures end with it: while Playwright runs, ``asyncio.run`` does not."""
