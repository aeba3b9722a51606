"""Delivery through Apprise: mail, chats and webhooks by their addresses, which are secrets and never shown."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analytics.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from apprise import Apprise

_INSTALL = "pip install 'keyspend[notices]'"


@dataclass(frozen=True)
class Target:
    """An address to send to: `number` identifies it without a secret, `name` is for messages."""

    number: str
    name: str
    _apprise: Apprise = field(repr=False)

    def send(self, title: str, body: str) -> None:
        """Send one message. Raises StoreError when it is not delivered; the error has its position and kind, never the address."""
        with _quiet():
            arrived = self._apprise.notify(title=title, body=body, body_format="text")
        if not arrived:
            raise StoreError("notice-undelivered", f"a notice did not reach {self.name}", "it is sent again by the next run")


def targets(urls: Sequence[str]) -> list[Target]:
    """The targets of addresses, in their order.

    Raises UsageError where Apprise is not installed or cannot parse an address; the error never contains the address.
    """
    if not urls:
        return []
    try:
        import apprise
    except ImportError:
        raise UsageError("notices-extra", "notices are to be sent, and Apprise, which sends them, is not installed", _INSTALL) from None
    # No images from other hosts, no plugins from this one, and no parts of an address in messages of Apprise.
    asset = apprise.AppriseAsset(
        app_id="Keyspend", app_desc="Keyspend", app_url="", image_url_mask="", image_url_logo="", async_mode=False, secure_logging=True
    )
    seen: Counter[str] = Counter()
    return [_target(apprise.Apprise(asset=asset), url, position, seen) for position, url in enumerate(urls, start=1)]


def _target(sender: Any, url: str, position: int, seen: Counter[str]) -> Target:
    with _quiet():
        is_added = sender.add(url)
    if not is_added:
        message = f"address {position} of the notices is none that Apprise knows"
        raise UsageError("notice-address", message, "appriseit.com tells how addresses are written; it is a secret, and not shown here")
    service = sender[0]
    public = str(service.url(privacy=True))
    seen[public] += 1
    number = sha256(f"{public} {seen[public]}".encode()).hexdigest()[:16]
    return Target(number, f"address {position} of the notices ({service.secure_protocol or service.protocol})", sender)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Apprise: it logs failures with parts of addresses, and its plugins raise warnings that users cannot act on."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
