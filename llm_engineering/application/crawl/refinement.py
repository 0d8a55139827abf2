"""What of a page is its article, after the rules have looked at what an extractor kept."""

from llm_engineering.application.crawl.blocks import blocks_of
from llm_engineering.application.crawl.furniture import inserts_among, without_furniture
from llm_engineering.application.crawl.gaps import nodes_of, with_gaps_filled
from llm_engineering.application.crawl.html_tree import PageText, TextNode


def refined(page: PageText, kept: set[TextNode], url: str) -> set[TextNode]:
    """Return the nodes of the article: those kept, with gaps between them filled, and without furniture.

    Args:
        page: The text of the page.
        kept: The nodes that an extractor took for the article.
        url: Address of the page.
    """
    inserts = inserts_among(kept)
    blocks = blocks_of(node for node in page.nodes if node not in inserts)
    article = [
        block for block in blocks if 2 * sum(len(node.letters) for node in block.nodes if node in kept) >= block.letters
    ]
    filled = with_gaps_filled(blocks, article, url)
    return set().union(*(nodes_of(block, kept) for block in without_furniture(filled, page, url)))
