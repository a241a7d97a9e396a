"""The agent as a command, `python -m runs.agent`: see `runs.worker.agent_process`."""

from runs.worker.agent_process import main

if __name__ == "__main__":
    main()
