"""Numbers of the graph and of the rounding of large collections, the same in the process and on a server."""

from typing import Final

GRAPH_EDGES: Final = 16
"""Neighbours of a point in the graph (`m` of HNSW; Y. Malkov and D. Yashunin, 2016)."""
GRAPH_BUILD: Final = 100
"""Candidates that are looked at for them (`ef_construct`)."""
FULL_SCAN_KILOBYTES: Final = 20_000
"""Where a filter leaves fewer vectors, 13,000 of 384 dimensions, each of them is compared."""
LARGE_FROM_KILOBYTES: Final = 40_000
"""Vectors of a segment from which on it has a graph and rounded vectors: 27,000 points of 384 dimensions take 1.5 ms
without."""
ROUNDED_QUANTILE: Final = 0.99
"""Share of the numbers that lie in the range which is rounded to a byte each; what lies outside is cut off."""
SEARCH_CANDIDATES: Final = 96
"""Candidates that a search of the graph looks at (`hnsw_ef`)."""
OVERSAMPLING: Final = 4.0
"""So many times as many as are asked for are found by the rounded vectors and put into order by the true ones. Measured
at 200,000 synthetic points of 384 dimensions (docs/performance.md): all of the 10 nearest were found and 99.99 % of the
100 nearest; with a filter that a tenth passes 99.8 and 99.9 %."""
