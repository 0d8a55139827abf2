"""Stacks of ZenML on which pipelines run elsewhere, and the secret from which steps there have their settings."""
