"""Adapters of the port of prompts."""
