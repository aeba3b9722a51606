"""Where errors of tools end: our code, message and hint as a structured answer, and no folder of this machine in anything told."""

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
    """A server whose tools fail with the codes of Keyspend, and refuse arguments that they do not know."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """The answer of a tool, or its error; a failure that nobody foresaw is logged, and told without its text."""
        try:
            await self._know(name, arguments)
            answer: Any = await super().call_tool(name, arguments, context)
            return answered(answer.structured_content)
        except AnalyticsError as error:
            return failed(error)
        except ToolError as error:
            if foreseen := _foreseen(error.__cause__):
                return failed(foreseen)
            _log.exception("%s failed", name)
            return failed(_UNEXPECTED)

    async def _know(self, name: str, arguments: dict[str, Any]) -> None:
        """Refuse a word that a tool has not: left out, it would widen the question without anybody noticing."""
        tools = {tool.name: tool for tool in await self.list_tools()}
        if name not in tools:
            raise UsageError("tool-unknown", f"there is no tool {quoted(name)}", f"tools: {', '.join(tools)}")
        known = tools[name].input_schema.get("properties", {})
        if unknown := [quoted(word) for word in arguments if word not in known]:
            raise UsageError("argument-unknown", f"{name} knows no {', '.join(unknown)}", f"arguments: {', '.join(known)}")


def _foreseen(cause: BaseException | None) -> AnalyticsError | None:
    if isinstance(cause, ValidationError):
        problems = "; ".join(f"{quoted('.'.join(map(str, problem['loc'])))}: {problem['msg']}" for problem in cause.errors())
        return UsageError("argument", problems, "see the schema of the tool")
    return cause if isinstance(cause, AnalyticsError) else None


def failed(error: AnalyticsError) -> CallToolResult:
    """An error as an answer: for the reader as text, for programs by its code."""
    content = {"code": error.code, "message": _PATH.sub("(path)", error.message), "hint": _PATH.sub("(path)", error.hint)}
    return answered({"error": content}, is_error=True)


def answered(content: Any, *, is_error: bool = False) -> CallToolResult:
    """An answer as programs and readers want it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content, is_error=is_error)
