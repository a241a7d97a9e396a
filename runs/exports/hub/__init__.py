"""Repositories on the Hugging Face Hub, a mirror of it or a private hub: the model of a run and its demo."""
