"""Reads a git repository as one document per text file."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.licences import MANIFESTS, is_licence_file, licence_of
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, parse_link
from llm_engineering.application.crawl.notebooks import NotebookError, read_notebook
from llm_engineering.application.crawl.repositories import Repository, repository_at
from llm_engineering.application.crawl.repository_files import (
    DETAILS,
    LIMIT_FAULTS,
    FileFault,
    content_fault,
    is_notebook,
    language_of,
    reading_order,
    tree_fault,
)
from llm_engineering.application.crawl.snapshots import EntryKind, GitClient, Snapshot, TreeEntry
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.documents import Content, RepositoryDocument, document_id
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.outcomes import Dropped

_READING: Final = "1"
"""Version of the rules by which a commit becomes documents: raise it when they change, so that all is read again."""
_LONGEST_LICENCE_BYTES: Final = 200_000


class _File(NamedTuple):
    """What a file was read as."""

    path: str
    text: str | None
    """None if the file is left out."""
    faults: Mapping[FileFault, str]
    """What was left out, the file or a part of it, with what is to be said about it."""


class _Commit(NamedTuple):
    """What all documents of a visit have in common."""

    repository: Repository
    hash: str
    licence: str | None


class GitCrawler:
    """Reads repositories: words before code, so that a limit cuts the code.

    The text of a document is the committed file, byte for byte, as UTF-8; of a notebook it is its Markdown.

    Args:
        git: Gets the repositories.
        limits: What of a repository is read at most.
        clock: Returns the time at which a document counts as collected (UTC).
    """

    def __init__(self, git: GitClient, limits: CrawlLimits, clock: Callable[[], datetime]) -> None:
        self._git = git
        self._limits = limits
        self._clock = clock

    def crawl(self, visit: Visit) -> Visited:
        """Yield a document for each text file, and each file that is left out with the reason.

        The patterns of the source choose among the paths of the files if the source is the repository itself; if it
        is a profile, they chose the repository. A repository that a profile led to and that holds nothing to read is
        left out, and fails only if it was asked for itself.

        Raises:
            RepositoryError: There is no repository, it cannot be reached, or it holds no text.
        """
        repository = _repository(visit.link)
        is_asked_for = repository_at(parse_link(visit.source.link)) == repository
        reading = self._reading(visit, is_asked_for)
        if visit.known.get("reading") == reading:
            commit = self._git.newest_commit(repository.source)
            if visit.known.get("commit") == commit:
                return VisitEnd(freshness=dict(visit.known), is_unchanged=True)
        try:
            return (yield from self._read(visit, repository, is_asked_for, reading))
        except RepositoryError as error:
            if is_asked_for or error.reason not in {FailureReason.EMPTY_REPOSITORY, FailureReason.NO_CONTENT}:
                raise
            yield Dropped(item=repository.address, reason=error.reason.value, detail=error.problem)
            return VisitEnd()

    def _read(self, visit: Visit, repository: Repository, is_asked_for: bool, reading: str) -> Visited:
        has_text, is_complete = False, True
        with self._git.snapshot(repository.source) as snapshot:
            commit = _Commit(repository, snapshot.commit, licence_of(dict(_licence_texts(snapshot))))
            for file in self._files(snapshot, visit.source.is_wanted if is_asked_for else _any_path):
                is_complete = is_complete and LIMIT_FAULTS.isdisjoint(file.faults)
                if file.text is not None:
                    has_text = True
                    yield self._document(visit, commit, file.path, file.text)
                for fault, detail in file.faults.items():
                    yield _dropped(repository, file.path, fault, detail)
            freshness, received_bytes = {"commit": snapshot.commit, "reading": reading}, snapshot.received_bytes
        if not has_text:
            raise RepositoryError(
                FailureReason.NO_CONTENT,
                f"The repository {repository.address} holds no text file that is read.",
                remedy="See the reasons for which its files were left out, or remove the link.",
            )
        return VisitEnd(freshness=freshness, is_complete=is_complete, received_bytes=received_bytes)

    def _reading(self, visit: Visit, is_asked_for: bool) -> str:
        """Return what decides, beside the commit, what is yielded: the rules, the limits and the patterns."""
        limits = (self._limits.max_file_bytes, self._limits.max_files, self._limits.max_repository_bytes)
        patterns = (*visit.source.include, None, *visit.source.exclude) if is_asked_for else ()
        return content_hash(_READING, *map(str, limits), *patterns)

    def _files(self, snapshot: Snapshot, is_wanted: Callable[[str], bool]) -> Iterator[_File]:
        """Yield each file with its text, or with the reason for which it is left out."""
        wanted = []
        for entry in snapshot.entries:
            fault = tree_fault(entry, self._limits.max_file_bytes)
            if fault is None and not is_wanted(entry.path):
                fault = FileFault.EXCLUDED
            if fault is None:
                wanted.append(entry)
            else:
                yield _left_out(entry.path, fault)
        yield from self._texts(snapshot, sorted(wanted, key=reading_order))

    def _texts(self, snapshot: Snapshot, entries: list[TreeEntry]) -> Iterator[_File]:
        files_left, bytes_left = self._limits.max_files, self._limits.max_repository_bytes
        for entry, content in snapshot.contents(entries):
            file = _file(entry.path, content)
            if file.text is None:
                yield file
                continue
            text_bytes = len(file.text.encode())
            fault = _limit_fault(files_left, bytes_left - text_bytes)
            if fault is None:
                files_left, bytes_left = files_left - 1, bytes_left - text_bytes
            yield _left_out(entry.path, fault) if fault else file

    def _document(self, visit: Visit, commit: _Commit, path: str, text: str) -> RepositoryDocument:
        repository = commit.repository
        link = repository.link_to(path)
        return RepositoryDocument(
            id=document_id(visit.author.id, link),
            content=Content(title=_title(repository, path), subtitle=None, text=text, language=language_of(path)),
            platform=repository.platform,
            author_id=visit.author.id,
            author_full_name=visit.author.full_name,
            link=link,
            crawled_at=self._clock(),
            licence=commit.licence,
            name=repository.name,
            repository=repository.address,
            path=path,
            commit=commit.hash,
        )


def _repository(link: Link) -> Repository:
    repository = repository_at(link)
    if repository is None:
        raise RepositoryError(
            FailureReason.NOT_A_REPOSITORY,
            f"{link.address} is not the address of a git repository.",
            remedy="Give its clone address, which ends in .git, or the top folder of a local repository.",
        )
    return repository


def _any_path(_path: str) -> bool:
    return True


def _licence_texts(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file that may say under which licence the repository stands."""
    entries = [
        entry
        for entry in snapshot.entries
        if (is_licence_file(entry.path) or entry.path in MANIFESTS)
        and entry.kind is EntryKind.FILE
        and entry.size is not None
        and entry.size <= _LONGEST_LICENCE_BYTES
    ]
    for entry, content in snapshot.contents(entries):
        yield entry.path, content.decode(errors="replace")


def _file(path: str, content: bytes) -> _File:
    fault = content_fault(content)
    if fault is not None:
        return _left_out(path, fault)
    return _notebook(path, content.decode()) if is_notebook(path) else _File(path, content.decode(), {})


def _notebook(path: str, content: str) -> _File:
    try:
        notebook = read_notebook(content)
    except NotebookError as error:
        return _left_out(path, FileFault.BROKEN_NOTEBOOK, f": {error}")
    if not notebook.text:
        return _left_out(path, FileFault.EMPTY)
    counts = ", ".join(f"{kind} ({count})" for kind, count in sorted(notebook.left_out.items()))
    detail = f"{DETAILS[FileFault.NOTEBOOK_OUTPUT]}: {counts}."
    return _File(path, notebook.text, {FileFault.NOTEBOOK_OUTPUT: detail} if counts else {})


def _left_out(path: str, fault: FileFault, cause: str = "") -> _File:
    return _File(path, None, {fault: DETAILS[fault] + cause})


def _limit_fault(files_left: int, bytes_left: int) -> FileFault | None:
    if files_left <= 0:
        return FileFault.TOO_MANY_FILES
    return FileFault.REPOSITORY_TOO_LARGE if bytes_left < 0 else None


def _dropped(repository: Repository, path: str, fault: FileFault, detail: str) -> Dropped:
    printable_path = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return Dropped(item=_title(repository, printable_path), reason=fault.value, detail=detail)


def _title(repository: Repository, path: str) -> str:
    return f"{repository.full_name}: {path}"
