"""How models answer held-out and golden questions, what the answers are worth, and which model may be promoted."""
