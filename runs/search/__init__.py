"""Find the best: a search among ways to train the same data, judged on the validation part only."""
