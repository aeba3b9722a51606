"""How the dashboard is served: where it listens, which hosts it answers, what browsers may do with it; it draws nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from analytics.core.data_directory import ENVIRONMENT_VARIABLE, DataDirectory
from analytics.core.errors import UsageError, quoted
from analytics.dashboard import access
from analytics.dashboard.i18n.translation import negotiated

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_PORT = 8501
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def home() -> Path:
    """The folder of app.py and .streamlit/: the project's, or the copy in an installed package."""
    package = Path(__file__).parents[1]
    return next(folder for folder in (package.parent, package / "dashboard" / "app") if (folder / "app.py").is_file())


def settings(host: str, port: int, allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS) -> dict[str, Any]:
    """Every Streamlit option that the dashboard relies on, so that no file or variable elsewhere can loosen one."""
    told = tomllib.loads((home() / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    chosen = {"server.address": host, "server.port": port, "server.allowedHosts": list(allowed_hosts)}
    return {**dict(_flat(told)), **chosen}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def serve(directory: DataDirectory, host: str, port: int) -> None:
    """Serve until interrupted. Raises UsageError where others could reach it without signing in, or the port is taken."""
    signing_in = access.sign_in(directory)
    access.check_host(host, signing_in)
    _check_port(host, port)
    os.environ[ENVIRONMENT_VARIABLE] = str(directory.root)
    import streamlit
    from starlette.middleware import Middleware

    allowed_hosts = (*LOOPBACK_HOSTS, *([signing_in.public_host] if signing_in else []))
    app = streamlit.App(home() / "app.py", middleware=[Middleware(Guard, allowed_hosts=allowed_hosts)], on_script_error=_hidden)
    secrets = {"secrets.files": [str(signing_in.path)] if signing_in else []}
    app.run(config=settings(host, port, allowed_hosts) | secrets)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            reason = f"cannot listen on {quoted(host)}, port {port}: {error.strerror}"
            raise UsageError("port", reason, "another port: keyspend dashboard --port 8502") from None


def _hidden(_error: Exception) -> bool:
    """What fails outside app.py's boundary, in a fragment or a callback, ends in its sentence too."""
    from analytics.dashboard.components import messages

    messages.broken()
    return True


def security_headers() -> dict[str, str]:
    """The headers of every answer; the policy names the one inline script of Streamlit's index page by its hash."""
    return {
        "Content-Security-Policy": content_security_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }


def content_security_policy() -> str:
    """Nothing but this server, no eval, no frame around it."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(_inline_scripts())}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "media-src 'self' blob:",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


def _inline_scripts() -> Iterator[str]:
    import streamlit

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        yield f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _language_attribute(scope: Scope) -> tuple[bytes, bytes]:
    """Streamlit's page says that it is English; what it must say instead, so that it is read aloud, and not translated, rightly.

    Codes of two letters keep the length that was already announced.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"))
    spoken = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), None)
    return b'<html lang="en"', f'<html lang="{negotiated(query.get("lang", [None])[0], spoken).code}"'.encode()


class Guard:
    """Puts the security headers on every answer, and answers no request that was meant for another host."""

    def __init__(self, app: ASGIApp, allowed_hosts: tuple[str, ...]) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        self._headers = [(name.lower().encode(), value.encode()) for name, value in security_headers().items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HTTP through, guarded; WebSockets are checked by Streamlit's allowedHosts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(event: Message) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [*event.get("headers", []), *self._headers]
            if event["type"] == "http.response.body" and not scope["path"].startswith("/static/"):
                event["body"] = event.get("body", b"").replace(*_language_attribute(scope), 1)
            await send(event)

        if self._is_for_us(scope):
            await self._app(scope, receive, guarded)
        else:
            await guarded({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await guarded({"type": "http.response.body", "body": b"this host is not served here\n"})

    def _is_for_us(self, scope: Scope) -> bool:
        named = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return re.sub(r":\d+$", "", named).lower() in self._allowed_hosts
