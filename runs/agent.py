"""The agent as a command, `python -m runs.agent`: see `runs.worker.agent_process`."""

from runs.logs import lines

if __name__ == "__main__":
    lines.begin("agent")  # before its libraries, which may warn while they are loaded
    from runs.worker.agent_process import main

    main()
