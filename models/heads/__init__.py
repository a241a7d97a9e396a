"""New heads on frozen features, and baselines on the same features."""
