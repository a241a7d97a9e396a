"""Fine-tuning: the one training loop, its callbacks, checkpoints and what a step costs."""
