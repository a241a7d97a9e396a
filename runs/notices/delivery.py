"""One notice on its way: a POST that follows no redirect, reads little of the answer and never takes long."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException

from models.errors import N_, InputError
from runs.notices import address
from runs.notices.address import Target

CONNECT, WHOLE = 5.0, 10.0  # seconds: until it is connected, and for everything
SIGNATURE = "X-Casebook-Signature"


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the body, by which the receiver knows who sent it (RFC 2104)."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(where: str, body: bytes, secret: str) -> None:
    """Send `body` as JSON.

    Raises:
        InputError: it did not arrive; no part of the address is told.
    """
    target = address.resolved(where)
    try:
        status = _answer(target, body, secret)
    except (OSError, HTTPException) as error:  # also a certificate that does not fit, and an end after `WHOLE`
        raise InputError(
            found=N_("The webhook could not be reached ({cause})."),
            expected=N_("It must answer within {seconds:g} seconds."),
            remedy=N_("Check the address and the service behind it."),
            cause=type(error).__name__,
            seconds=WHOLE,
        ) from error
    if not 200 <= status < 300:
        raise InputError(
            found=N_("The webhook answered with status {status}."),
            expected=N_("A status from 200 to 299 means that the notice was received; redirects are not followed."),
            remedy=N_("Check the address and the service behind it."),
            status=status,
        )


def _answer(target: Target, body: bytes, secret: str) -> int:
    """The status alone: what else is answered is not read."""
    with closing(socket.create_connection((target.address, target.port), timeout=CONNECT)) as raw:
        end = threading.Timer(WHOLE, _cut, (raw,))  # each read has a limit, but there may be many
        end.daemon = True
        end.start()
        try:
            with closing(_secured(raw, target)) as stream:
                asking = HTTPConnection(target.host, target.port, timeout=CONNECT)
                asking.sock = stream
                headers = {"Content-Type": "application/json", "User-Agent": "Casebook", "Connection": "close",
                           SIGNATURE: signature(secret, body)}  # fmt: skip
                asking.request("POST", target.path, body, headers)
                return asking.getresponse().status
        finally:
            end.cancel()


def _secured(raw: socket.socket, target: Target) -> socket.socket:
    if target.scheme == "http":
        return raw
    return ssl.create_default_context().wrap_socket(raw, server_hostname=target.host)


def _cut(raw: socket.socket) -> None:
    with suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)
