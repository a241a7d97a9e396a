"""A lesson on its page: the data it is tried on, the figure that moves, what came, and the question."""
