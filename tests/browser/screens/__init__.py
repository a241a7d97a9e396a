"""Every screen as a picture, a file for each part of the app; only with `--screenshots`."""
