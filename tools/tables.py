"""Tables in a terminal."""

from collections.abc import Sequence


def print_table(title: str, columns: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> None:
    """Print rows under a title; numbers stand on the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, cell in zip(columns, rows[0], strict=True):
        table.add_column(column, justify="right" if isinstance(cell, int) else "left")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row))
    console = Console(highlight=False)
    # Unwrapped and unmarked: a path can be copied.
    console.print(title, soft_wrap=True, markup=False)
    console.print(table)
