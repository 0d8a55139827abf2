"""Authors, known or new."""

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.documents import stored_author, write_author
from llm_engineering.domain.authors import Author
from llm_engineering.domain.outcomes import Figures, Result


class WrittenAuthor(Result):
    """An author who is in the store."""

    author: Author
    is_new: bool
    """Whether he was not there before."""

    @property
    def figures(self) -> Figures:
        """Who it is."""
        return {"author": self.author.full_name, "author_id": self.author.id, "is_new": self.is_new}


def written_author(store: DocumentStore, full_name: str) -> WrittenAuthor:
    """Return the author of a full name, written if he is new.

    Raises:
        InvalidAuthorNameError: The name is no full name.
    """
    author = stored_author(store, full_name)
    return WrittenAuthor(author=author, is_new=write_author(store, author).inserted > 0)
