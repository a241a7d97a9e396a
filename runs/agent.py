"""The agent as a command, `python -m runs.agent`: see `runs.worker.agent`."""

from runs.worker.agent import main

if __name__ == "__main__":
    main()
