"""Speech: one label per recording."""
