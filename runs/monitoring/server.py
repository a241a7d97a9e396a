"""GET /metrics on a port of its own, where `CASEBOOK_METRICS` names one: nobody who reaches the pages reaches it."""

from __future__ import annotations

import logging
import os
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from runs.monitoring.figures import Figures

log = logging.getLogger(__name__)


def start() -> int | None:
    """Answer from now on, in a thread; returns the port, None where it is not wanted or cannot be had.

    A port that is taken is no reason for the app not to start, but it is said.
    """
    told = os.environ.get("CASEBOOK_METRICS", "").strip()
    if not told:
        return None
    registry = CollectorRegistry()
    registry.register(Figures())
    ProcessCollector(registry=registry)
    try:
        host, port = _address(told)
        server, _thread = start_http_server(port, host, registry)
    except (OSError, ValueError) as error:
        log.error("There are no metrics at CASEBOOK_METRICS=%s: %s", told, error)
        return None
    return server.server_port


def _address(told: str) -> tuple[str, int]:
    """
    Raises:
        ValueError: it is no address and port.
    """
    parts = urlsplit(f"//{told}")
    if not parts.hostname or parts.port is None or parts.netloc != told or "@" in told:
        raise ValueError("it must be an address and a port, such as 127.0.0.1:9464")
    return parts.hostname, parts.port
