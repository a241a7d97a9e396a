"""The work a run can be: one function a kind, which returns or raises."""
