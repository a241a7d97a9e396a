"""What a component of a page is given, and what it says to the page, as a browser would."""

from __future__ import annotations

import json

from streamlit.proto.WidgetStates_pb2 import WidgetState


def given(app, name):
    """The data of the one component called so that is on the page."""
    [found] = [e for e in app.get("bidi_component") if e.proto.component_name == name]
    return json.loads(found.proto.json)


def tell(app, name, event, value):
    """Run the page once more, with what that component says."""
    [found] = [e for e in app.get("bidi_component") if e.proto.component_name == name]
    states = app._tree.get_widget_states()
    sent = json.dumps([{"event": event, "value": value}])
    states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{found.proto.id}__events", json_trigger_value=sent))
    return app._run(states)
