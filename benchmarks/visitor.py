"""A reader without a browser: speaks Streamlit's own protocol over a real WebSocket."""

from __future__ import annotations

import time

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


def visit(port: int, page: str, query: str = "") -> float:
    """Seconds from opening `page` in a new session to the last word of its script.

    Raises:
        RuntimeError: the page shows an error, or nothing.
    """
    asked = BackMsg()
    asked.rerun_script.page_name, asked.rerun_script.query_string = page, query
    asked.rerun_script.context_info.locale = "en"
    drawn, address = 0, f"127.0.0.1:{port}"
    start = time.monotonic()
    with connect(
        f"ws://{address}/_stcore/stream", origin=f"http://{address}", subprotocols=["streamlit"], max_size=None
    ) as socket:
        socket.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=60))
            kind = message.WhichOneof("type")
            if kind == "delta":
                drawn += 1
                _refuse_errors(message)
            if kind == "script_finished":
                break
        seconds = time.monotonic() - start
    if drawn < 3:
        raise RuntimeError(f"The page “{page}” stayed empty.")
    return seconds


def _refuse_errors(message: ForwardMsg) -> None:
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception" or (kind == "alert" and element.alert.format == Alert.ERROR):  # others tell what is ready
        raise RuntimeError(f"The page shows: {element}")
