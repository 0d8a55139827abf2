"""Steps that summarize documents."""
