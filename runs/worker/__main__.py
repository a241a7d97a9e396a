"""The worker as a command, `python -m runs.worker RUN`: see `runs.worker.worker`."""

import sys

from runs.worker.worker import main

if __name__ == "__main__":
    main(sys.argv[1])
