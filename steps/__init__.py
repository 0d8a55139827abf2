"""ZenML steps: each calls one function of the package and returns its result."""
