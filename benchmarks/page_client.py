"""A page as a browser without a screen has it open: Streamlit's own protocol over a real WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0  # seconds for one message


class Page:
    """An open WebSocket; `session` is Streamlit's name for it, "" until it has run."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.session, self.raw = socket, "", b""

    def run(
        self, page: str, query: str = "", *, pressed: str = "", fragment: str = "", locale: str = "en"
    ) -> list[ForwardMsg]:
        """Run a page's script, and return all that it says until its end.

        Args:
            pressed: the id of a button that was pressed.
            fragment: the id of a fragment, which runs alone then.

        Raises:
            ConnectionClosed: of websockets, where the server hangs up.
        """
        asked = BackMsg()
        rerun = asked.rerun_script
        rerun.page_name, rerun.query_string, rerun.fragment_id = page, query, fragment
        rerun.context_info.locale = locale
        if pressed:
            rerun.widget_states.widgets.append(WidgetState(id=pressed, trigger_value=True))
        self.socket.send(asked.SerializeToString())
        return list(self._until_the_end())

    def _until_the_end(self) -> Iterator[ForwardMsg]:
        self.raw = b""
        while True:
            received = self.socket.recv(timeout=PATIENCE)
            self.raw += received
            message = ForwardMsg.FromString(received)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            yield message
            if kind == "script_finished":
                return


@contextmanager
def opened(
    port: int, *, cookie: str = "", origin: str | None = None, goes_on: str = "", xsrf: str = "none", **headers: str
) -> Iterator[Page]:
    """A new page of a browser.

    Args:
        cookie: as the header has it.
        origin: of the page whose script connects; the server's own without it.
        goes_on: Streamlit's name of a page that the browser wants to go on with.
        xsrf: Streamlit's token, which its cookie has, too.
        headers: more of them; a name's _ stand for -.
    """
    address, sent = f"127.0.0.1:{port}", [(name.replace("_", "-"), value) for name, value in headers.items()]
    protocols = ["streamlit", xsrf, *([goes_on] if goes_on else [])]
    with connect(
        f"ws://{address}/_stcore/stream", origin=origin or f"http://{address}", subprotocols=protocols, max_size=None,
        additional_headers=[*sent, *([("Cookie", cookie)] if cookie else [])],
    ) as socket:  # fmt: skip
        yield Page(socket)


def elements(messages: list[ForwardMsg]) -> list[Element]:
    """What a page draws, in order."""
    return [message.delta.new_element for message in messages
            if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element"]  # fmt: skip


def errors(messages: list[ForwardMsg]) -> list[str]:
    """What a page says went wrong; other alerts tell what is ready."""
    return [str(element) for element in elements(messages) if _is_error(element)]


def _is_error(element: Element) -> bool:
    kind = element.WhichOneof("type")
    return kind == "exception" or (kind == "alert" and element.alert.format == Alert.ERROR)
