"""The server of the dashboard: its address, the hosts that it serves, and its security headers."""

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

from analytics.core.data_directory import ENVIRONMENT_VARIABLE, SETTINGS_VARIABLE, DataDirectory
from analytics.core.errors import UsageError, quoted
from analytics.dashboard import access
from analytics.dashboard.i18n.translation import negotiated

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_PORT = 8501
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def home() -> Path:
    """Return the folder of app.py and .streamlit/: that of the project, or the copy in an installed package."""
    package = Path(__file__).parents[1]
    return next(folder for folder in (package.parent, package / "dashboard" / "app") if (folder / "app.py").is_file())


def settings(host: str, port: int, allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS) -> dict[str, Any]:
    """Return every Streamlit option that the dashboard relies on, so that no file or variable elsewhere can override one."""
    config = tomllib.loads((home() / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    chosen = {"server.address": host, "server.port": port, "server.allowedHosts": list(allowed_hosts)}
    return {**dict(_flat(config)), **chosen}


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
    if directory.settings_file:
        os.environ[SETTINGS_VARIABLE] = str(directory.settings_file)
    import streamlit
    from starlette.middleware import Middleware

    allowed_hosts = (*LOOPBACK_HOSTS, *([signing_in.public_host] if signing_in else []))
    app = streamlit.App(home() / "app.py", middleware=[Middleware(Guard, allowed_hosts=allowed_hosts)], on_script_error=_handle_error)
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


def _handle_error(_error: Exception) -> bool:
    """Show the message of app.py for an error in a fragment or a callback, outside of its `try`."""
    from analytics.dashboard.components import messages

    messages.unexpected_error()
    return True


def security_headers() -> dict[str, str]:
    """Return the headers of every response; the policy names the one inline script of Streamlit's index page by its hash."""
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
    """Return a policy that allows this server alone, no eval and no frame around it."""
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
    """Return the language attribute of Streamlit's page, and the one to replace it with, for screen readers and translators.

    Codes of two letters keep the length in the header that was already sent.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"))
    accepted = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), None)
    return b'<html lang="en"', f'<html lang="{negotiated(query.get("lang", [None])[0], accepted).code}"'.encode()


class Guard:
    """Adds the security headers to every response, and refuses requests for other hosts."""

    def __init__(self, app: ASGIApp, allowed_hosts: tuple[str, ...]) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        self._headers = [(name.lower().encode(), value.encode()) for name, value in security_headers().items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an HTTP request; WebSockets are checked by Streamlit's allowedHosts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(event: Message) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [*event.get("headers", []), *self._headers]
            if event["type"] == "http.response.body" and not scope["path"].startswith("/static/"):
                event["body"] = event.get("body", b"").replace(*_language_attribute(scope), 1)
            await send(event)

        if self._is_allowed(scope):
            await self._app(scope, receive, send_guarded)
        else:
            await send_guarded({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send_guarded({"type": "http.response.body", "body": b"this host is not served here\n"})

    def _is_allowed(self, scope: Scope) -> bool:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return re.sub(r":\d+$", "", host).lower() in self._allowed_hosts
