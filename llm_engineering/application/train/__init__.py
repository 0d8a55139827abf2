"""Fine-tunes a model: the parameters, what is checked before, and the program that runs the same everywhere."""
