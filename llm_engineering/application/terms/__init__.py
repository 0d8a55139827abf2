"""Turns texts into weighed terms, by which they are found word by word."""
