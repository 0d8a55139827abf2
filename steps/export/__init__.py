"""Steps that write artifacts for other programs."""
