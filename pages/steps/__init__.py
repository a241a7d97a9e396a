"""What a person does with data, in order: one module or package a step."""
