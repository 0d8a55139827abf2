"""Adapters of the ports, and the factory that builds them from the settings."""
