"""One module per kind of gate: each says which samples it rejects and why."""
