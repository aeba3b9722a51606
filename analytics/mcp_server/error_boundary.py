"""Errors of tools as structured answers: code, message and hint, with paths of this machine removed."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent
from pydantic import ValidationError

from analytics.core.errors import AnalyticsError, UsageError, quoted

_log = logging.getLogger(__name__)
_PATH = re.compile(r"(?<![\w.])(?:~|[A-Za-z]:)?[/\\][^\s'\"]+")
_UNEXPECTED = AnalyticsError("unexpected", "something unexpected went wrong", "the log of the server has the details")


class Server(MCPServer):
    """A server whose tools fail with the codes of Keyspend, and refuse unknown arguments."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """The answer of a tool, or its error; an unexpected exception is logged and answered without its text."""
        try:
            await self._check_arguments(name, arguments)
            answer: Any = await super().call_tool(name, arguments, context)
            return tool_result(answer.structured_content)
        except AnalyticsError as error:
            return error_result(error)
        except ToolError as error:
            if known_error := _known_error(error.__cause__):
                return error_result(known_error)
            _log.exception("%s failed", name)
            return error_result(_UNEXPECTED)

    async def _check_arguments(self, name: str, arguments: dict[str, Any]) -> None:
        """Raise UsageError for an unknown tool or argument: ignored, a misspelt argument would silently widen the query."""
        tools = {tool.name: tool for tool in await self.list_tools()}
        if name not in tools:
            raise UsageError("tool-unknown", f"there is no tool {quoted(name)}", f"tools: {', '.join(tools)}")
        known = tools[name].input_schema.get("properties", {})
        if unknown := [quoted(argument) for argument in arguments if argument not in known]:
            raise UsageError("argument-unknown", f"{name} knows no {', '.join(unknown)}", f"arguments: {', '.join(known)}")


def _known_error(cause: BaseException | None) -> AnalyticsError | None:
    if isinstance(cause, ValidationError):
        problems = "; ".join(f"{quoted('.'.join(map(str, problem['loc'])))}: {problem['msg']}" for problem in cause.errors())
        return UsageError("argument", problems, "see the schema of the tool")
    return cause if isinstance(cause, AnalyticsError) else None


def error_result(error: AnalyticsError) -> CallToolResult:
    """An error as an answer, with its code, message and hint, and `(path)` for each path in them."""
    content = {"code": error.code, "message": _PATH.sub("(path)", error.message), "hint": _PATH.sub("(path)", error.hint)}
    return tool_result({"error": content}, is_error=True)


def tool_result(content: Any, *, is_error: bool = False) -> CallToolResult:
    """An answer as structured content, and the same as JSON text."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content, is_error=is_error)
