"""A process that switches between two collections until it is killed, as `python -m` with a folder.

It prints a line after each switch.
"""

import sys
from itertools import cycle
from pathlib import Path

from llm_engineering.infrastructure.vector_stores.edge_catalog import EdgeCatalog

NAMES = (f"twin-{'b' * 12}", f"twin-{'c' * 12}")

if __name__ == "__main__":
    catalog = EdgeCatalog(Path(sys.argv[1]), "twin")
    for name in cycle(NAMES):
        catalog.switch(name)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
