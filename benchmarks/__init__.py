"""Measurements, each beside a named baseline in the same run; ratios are comparable between machines, times are not."""
