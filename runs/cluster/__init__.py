"""The Ray cluster that `CASEBOOK_RAY` names, asked over HTTP: its jobs and its nodes. Ray is not imported here."""

LAUNCHER = "ray"  # of runs that are submitted to it
