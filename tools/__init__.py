"""Command lines. Each answers `--help` without a network, a store or a heavy import."""
