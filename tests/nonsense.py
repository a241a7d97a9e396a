"""A browser that fills every field of a page with what no person could have chosen there."""

from __future__ import annotations

import json

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

EVENTS = ("picked", "removed", "uploaded", "answered", "finished", "again", "changed", "opened", "cloned",
          "compared", "deleted")  # fmt: skip
VALUES = ("Head only", "9" * 5000, -1, 10**30, 0.5, True, ["a"], {"row": -1, "file": "../secret", "run": 7}, None)
WORDS = ("Head only", "9" * 5000, "-1", "../..")


def send(app, turn):
    """Run the page once more with the `turn`th nonsense in every field that takes any, and in every component."""
    states = WidgetStates()
    for state in app._tree.get_widget_states().widgets:
        states.widgets.append(_instead(state, WORDS[turn % len(WORDS)]))
    for node in app._tree:
        if getattr(node, "type", "") == "bidi_component":
            value = VALUES[turn % len(VALUES)]
            sent = json.dumps([{"event": event, "value": value} for event in EVENTS])
            states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{node.proto.id}__events",
                                              json_trigger_value=sent))  # fmt: skip
    return app._run(states)


def _instead(state, word):
    """Numbers have bounds that Streamlit keeps, and a button that is not pressed says nothing."""
    made = WidgetState(id=state.id)
    kind = state.WhichOneof("value")
    if kind == "string_value":
        made.string_value = word
    elif kind == "string_array_value":
        made.string_array_value.data.append(word)
    else:
        made.CopyFrom(state)
    return made
