"""Processes that do the work: the agent, the worker, how it reports."""
