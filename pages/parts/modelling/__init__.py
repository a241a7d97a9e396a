"""The parts of step 3: which model, what learns, the network drawn, what it will take."""
