"""A server of tools, run by another program."""

from mcp.server.fastmcp import FastMCP

server = FastMCP("numbers", log_level="ERROR")


@server.tool()
def triple(n: int) -> int:
    """Three times a number."""
    return 3 * n


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("it failed")


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Hello {name}"


if __name__ == "__main__":
    server.run("stdio")
