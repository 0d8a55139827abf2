"""Reads a git repository as one document per text file."""

from collections.abc import Callable, Generator, Iterator
from datetime import datetime

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link
from llm_engineering.application.crawl.repositories import Repository, repository_at
from llm_engineering.application.crawl.repository_files import (
    DETAILS,
    FileFault,
    content_fault,
    language_of,
    tree_fault,
)
from llm_engineering.application.crawl.snapshots import GitClient, Snapshot
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Content, RepositoryDocument, document_id
from llm_engineering.domain.outcomes import Dropped


class GitCrawler:
    """Reads repositories. The text of a document is the committed file, byte for byte, as UTF-8.

    Args:
        git: Gets the repositories.
        limits: What of a repository is read at most.
        clock: Returns the time at which a document counts as collected (UTC).
    """

    def __init__(self, git: GitClient, limits: CrawlLimits, clock: Callable[[], datetime]) -> None:
        self._git = git
        self._limits = limits
        self._clock = clock

    def crawl(self, link: Link, author: Author) -> Generator[RepositoryDocument | Dropped, None, None]:
        """Yield a document for each text file, and each file that is left out with the reason.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it holds no text.
        """
        repository = repository_at(link)
        if repository is None:
            raise RepositoryError(
                FailureReason.NOT_A_REPOSITORY,
                f"{link.address} is not the address of a git repository.",
                remedy="Give its clone address, which ends in .git.",
            )
        with self._git.snapshot(repository.source) as snapshot:
            has_text = False
            for path, read in self._read_files(snapshot):
                if isinstance(read, FileFault):
                    yield _dropped(repository, path, read)
                else:
                    has_text = True
                    yield self._document(repository, snapshot.commit, path, read, author)
        if not has_text:
            raise RepositoryError(
                FailureReason.NO_CONTENT,
                f"The repository {repository.address} holds no text file that is read.",
                remedy="See the reasons for which its files were left out, or remove the link.",
            )

    def _read_files(self, snapshot: Snapshot) -> Iterator[tuple[str, str | FileFault]]:
        """Yield each path with the text of the file, or with the reason for which it is left out."""
        wanted = []
        for entry in snapshot.entries:
            fault = tree_fault(entry, self._limits.max_file_bytes)
            if fault is None:
                wanted.append(entry)
            else:
                yield entry.path, fault
        files_left, bytes_left = self._limits.max_files, self._limits.max_repository_bytes
        for entry, content in snapshot.contents(wanted):
            fault = content_fault(content) or _limit_fault(files_left, bytes_left - len(content))
            if fault is None:
                files_left, bytes_left = files_left - 1, bytes_left - len(content)
            yield entry.path, fault or content.decode()

    def _document(
        self, repository: Repository, commit: str, path: str, text: str, author: Author
    ) -> RepositoryDocument:
        link = repository.link_to(path)
        return RepositoryDocument(
            id=document_id(author.id, link),
            content=Content(title=_title(repository, path), subtitle=None, text=text, language=language_of(path)),
            platform=repository.platform,
            author_id=author.id,
            author_full_name=author.full_name,
            link=link,
            crawled_at=self._clock(),
            name=repository.name,
            repository=repository.address,
            path=path,
            commit=commit,
        )


def _limit_fault(files_left: int, bytes_left: int) -> FileFault | None:
    if files_left <= 0:
        return FileFault.TOO_MANY_FILES
    return FileFault.REPOSITORY_TOO_LARGE if bytes_left < 0 else None


def _dropped(repository: Repository, path: str, fault: FileFault) -> Dropped:
    printable_path = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return Dropped(item=_title(repository, printable_path), reason=fault.value, detail=DETAILS[fault])


def _title(repository: Repository, path: str) -> str:
    return f"{repository.full_name}: {path}"
