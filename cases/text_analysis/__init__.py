"""Text analysis: one label per text, Chinese or English."""
