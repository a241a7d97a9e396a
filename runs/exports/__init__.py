"""What leaves a finished run besides its bundle: a report for a meeting, and repositories on a model hub."""
