"""Which texts are computed together: those of like length, as many as a number of tokens holds."""

from collections.abc import Sequence


def length_batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Return the positions of texts in batches, the longest texts first.

    A batch is as wide as its longest text, and the shorter ones are padded to that. Neighbours in the order of length
    differ little, so next to nothing is padded.

    Args:
        lengths: Tokens of each text.
        tokens: What a batch may hold with its padding; a longer text is a batch of its own.
    """
    batches: list[list[int]] = []
    room = 0
    for position in sorted(range(len(lengths)), key=lambda position: (-lengths[position], position)):
        if not room:
            batches.append([])
            room = max(1, tokens // max(1, lengths[position]))
        batches[-1].append(position)
        room -= 1
    return batches
