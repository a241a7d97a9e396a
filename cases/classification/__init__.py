"""Cases with one class per item: training, evaluation, profile, explanation."""
