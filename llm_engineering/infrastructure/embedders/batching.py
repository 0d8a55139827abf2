"""Which texts are computed together: those of like length, as many as a number of tokens holds."""

from bisect import bisect_left
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


def balanced_batches(lengths: Sequence[int], tokens: int, streams: int) -> list[list[int]]:
    """Return the positions of texts in batches as `length_batches` does, but as many for each stream, and alike.

    No stream is left without work while another one computes a last large batch.

    Args:
        lengths: Tokens of each text.
        tokens: What a batch may hold with its padding; a longer text is a batch of its own.
        streams: How many batches are computed at once.
    """
    fewest = len(length_batches(lengths, tokens))
    wanted = -(-fewest // streams) * streams
    # The more a batch may hold, the fewer there are.
    least = bisect_left(range(tokens), True, key=lambda held: len(length_batches(lengths, held + 1)) <= wanted) + 1
    return length_batches(lengths, min(least, tokens))
