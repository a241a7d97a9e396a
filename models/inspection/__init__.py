"""What a network computes of one item: outputs of its layers, attention, and one step of gradient descent."""
