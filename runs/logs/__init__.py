"""What the processes write down: as text or as JSON, with whom it concerns, and never a secret."""
