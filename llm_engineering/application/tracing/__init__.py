"""What is recorded of how an answer came about."""
