"""What is done with language models, whichever they are."""
