"""What leaves a finished run besides its bundle: a report for a meeting, repositories on a model hub, and a demo that
needs no server."""
