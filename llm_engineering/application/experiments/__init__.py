"""Experiments that compare two variants of the answer: offline on the same questions, online on users."""
