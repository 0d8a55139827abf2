"""Reads the archives in which services hand their members what they wrote there."""
