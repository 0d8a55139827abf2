"""Step: links become documents."""
