"""Ways to start the process of a run. All start the same worker."""

from runs.worker.launchers import local, torchrun

LAUNCHERS = {"local": local, "torchrun": torchrun}
