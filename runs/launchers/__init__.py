"""Ways to start the process of a run. All start the same worker."""

from runs.launchers import local

LAUNCHERS = {"local": local}
