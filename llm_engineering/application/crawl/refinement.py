"""What of a page is its article, after the rules have looked at what an extractor kept."""

from collections.abc import Sequence

from llm_engineering.application.crawl.blocks import blocks_of
from llm_engineering.application.crawl.furniture import inserts_among, without_furniture
from llm_engineering.application.crawl.gaps import nodes_of, with_gaps_filled
from llm_engineering.application.crawl.html_tree import TextNode, letters_of


def refined(nodes: Sequence[TextNode], kept: set[TextNode], url: str) -> set[TextNode]:
    """Return the nodes of the article: those kept, with gaps between them filled, and without furniture.

    Args:
        nodes: All text nodes of the page, in its order.
        kept: Those that an extractor took for the article.
        url: Address of the page.
    """
    inserts = inserts_among(kept)
    blocks = blocks_of(node for node in nodes if node not in inserts)
    article = [
        block
        for block in blocks
        if 2 * sum(len(letters_of(node.text)) for node in kept.intersection(block.nodes)) >= block.letters
    ]
    filled = with_gaps_filled(blocks, article, url)
    return set().union(*(nodes_of(block, kept) for block in without_furniture(filled, url)))
