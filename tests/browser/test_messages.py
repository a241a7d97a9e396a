"""What Streamlit sends reaches the page over a slow line, too."""

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser import steps
from tests.browser.serving import running

# A long list that one run of the page leaves out and the next one shows again.
SCRIPT = """
import streamlit as st

@st.fragment
def ticking():
    st.button("Tick")
    st.session_state.ticks = st.session_state.get("ticks", -1) + 1
    st.text(f"Ticked {st.session_state.ticks} times")

ticking()
if st.button("Back"):
    st.text("Here again")
if not st.button("Away"):
    st.markdown("Long list " + "item " * 4000)
"""


@pytest.fixture(scope="module")
def address(browser_type_launch_args, tmp_path_factory):
    folder = tmp_path_factory.mktemp("messages")
    (script := folder / "page.py").write_text(SCRIPT, "utf-8")
    with running(folder / "home", program=("streamlit", "run", str(script), "--server.port")) as server:
        yield server.url


class Line:
    """The line between browser and server: what the server says waits while it is held."""

    def __init__(self):
        self.held, self.waiting = False, []

    def connect(self, page):
        self.page = page
        server = page.connect_to_server()
        server.on_message(self.heard)

    def heard(self, message):
        (self.waiting.append if self.held else self.page.send)(message)

    def answered(self):
        """How many runs of the page the server has ended meanwhile."""
        return sum(ForwardMsg.FromString(message).WhichOneof("type") == "script_finished" for message in self.waiting)

    def release(self):
        self.held = False
        for message in self.waiting:
            self.page.send(message)


def test_who_clicks_twice_before_the_answer_comes_sees_the_last_page(browser, address):
    """The browser forgets the list when the first answer ends, though it has told the server that it keeps it."""
    page, line = browser.new_page(), Line()
    page.route_web_socket("**/_stcore/stream", line.connect)
    page.goto(address)
    long_list = page.get_by_text("Long list")
    expect(long_list).to_be_visible()
    for tick in range(1, 5):
        page.get_by_role("button", name="Tick").click()
        expect(page.get_by_text(f"Ticked {tick} times")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    line.held = True
    for number, name in enumerate(("Away", "Back"), 1):
        page.get_by_role("button", name=name).click()
        steps.comes(page, line.answered, lambda ended, number=number: ended >= number)
    line.release()
    expect(page.get_by_text("Here again")).to_be_visible()
    expect(long_list).to_be_visible()
    page.close()
