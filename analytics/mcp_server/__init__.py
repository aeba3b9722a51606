"""The reports of the library for assistants, over the Model Context Protocol (MCP)."""
