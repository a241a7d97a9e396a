"""Saved models that answer: a process beside the app, and how it is asked."""
