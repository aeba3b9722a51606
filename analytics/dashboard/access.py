"""Access control: everybody on this machine may see and change data, elsewhere the editors and viewers of the sign-in.

`sign-in.toml` in the data directory turns sign-in on. Its table `auth` is what Streamlit's OpenID Connect needs (redirect_uri,
cookie_secret, client_id, client_secret, server_metadata_url); its table `roles` has two lists, `editors` and `viewers`, of
e-mail addresses or domains (`@example.com`). Viewers see everything and can change nothing; others see nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analytics.core.data_directory import DataDirectory
from analytics.core.errors import UsageError, quoted

_CALLBACK = "/oauth2callback"
"""The path to which the identity provider sends visitors back."""
_AUTH = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


class Role(Enum):
    """The role of a visitor: an editor may change data, a viewer may only see them."""

    EDITOR = "editor"
    VIEWER = "viewer"


@dataclass(frozen=True)
class SignIn:
    """The rules of a `sign-in.toml`."""

    path: Path
    public_host: str
    editors: tuple[str, ...]
    viewers: tuple[str, ...]

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """Return the role of a visitor by the verified e-mail address in the claims of the identity provider; None without one."""
        address = str(claims.get("email") or "").casefold()
        if "@" not in address or claims.get("email_verified") is False:
            return None
        names = {address, address[address.rindex("@") :]}
        if names & set(self.editors):
            return Role.EDITOR
        return Role.VIEWER if names & set(self.viewers) else None


def sign_in(directory: DataDirectory) -> SignIn | None:
    """Return the sign-in of a data directory; None where none is configured. Raises UsageError for an incomplete one."""
    path = directory.root / "sign-in.toml"
    if not path.is_file():
        return None
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("sign-in", f"{path.name} is no TOML: {type(error).__name__}", "the README shows one") from None
    missing = [name for name in _AUTH if not tables.get("auth", {}).get(name)]
    if missing:
        raise UsageError("sign-in", f"{path.name} lacks {', '.join(missing)} in its table auth", "the README shows one")
    callback = urlsplit(tables["auth"]["redirect_uri"])
    if not callback.path.endswith(_CALLBACK):
        reason = f"the redirect_uri in {path.name} does not end with {_CALLBACK}"
        raise UsageError("sign-in", reason, f"https://HOST{_CALLBACK}; the identity provider must know it too")
    roles = {name: tuple(str(address).casefold() for address in tables.get("roles", {}).get(name, ())) for name in ("editors", "viewers")}
    if not any(roles.values()):
        raise UsageError("sign-in", f"{path.name} lets nobody in", "name e-mail addresses or @domains in the lists of its table roles")
    return SignIn(path, callback.hostname or "", **roles)


def check_host(host: str, signing_in: SignIn | None) -> None:
    """Raise UsageError for a host that others can reach without signing in."""
    if signing_in and not find_spec("authlib"):
        raise UsageError("sign-in-missing", "signing in needs a library that is not here", "pip install 'keyspend[sign-in]'")
    if not signing_in and not is_loopback(host):
        raise UsageError(
            "host-open", f"others can reach {quoted(host)}, and nobody would be asked who they are", "configure sign-in: see the README"
        )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def admit(directory: DataDirectory) -> Role | None:
    """Return the role of this visitor; None, with a page that explains it, for one who must sign in or has no access."""
    import streamlit as st

    signing_in = sign_in(directory)
    if signing_in is None:
        check_host(st.get_option("server.address") or "", None)
        return Role.EDITOR
    if not st.user.get("is_logged_in"):
        _sign_in_page()
        return None
    role = signing_in.role(st.user.to_dict())
    if role is None:
        _no_access_page()
    return role


def sign_out_button() -> None:
    """Show a button that signs out, with the visitor's e-mail address; nothing for a visitor who did not sign in."""
    import streamlit as st

    from analytics.dashboard.i18n.safe_text import markdown
    from analytics.dashboard.i18n.translation import _

    if st.user.get("is_logged_in"):
        st.button(_("Sign out"), on_click=st.logout, icon=":material/logout:", type="tertiary", key="sign-out")
        st.markdown(f":gray[:small[{markdown(st.user.get('email'))}]]")


def _sign_in_page() -> None:
    import streamlit as st

    from analytics.dashboard.i18n.translation import _

    st.title("Keyspend")
    st.button(_("Sign in"), on_click=st.login, type="primary")


def _no_access_page() -> None:
    import streamlit as st

    from analytics.dashboard.i18n.translation import _

    st.error(_("You are signed in, but nobody has let you in here. Ask whoever runs this dashboard."))
    st.button(_("Sign out"), on_click=st.logout)


def may_change() -> bool:
    """Return whether this visitor may import, undo and give feedback; checked before each of them."""
    import streamlit as st

    return st.session_state.get("role") is Role.EDITOR
