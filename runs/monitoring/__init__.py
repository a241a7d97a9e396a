"""Figures for Prometheus: what waits and runs, how long answers take, what room is left."""
