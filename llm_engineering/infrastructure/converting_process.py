"""A process that converts documents with markitdown: it can be killed without harm, and knows no secret.

Started by `file_converter` as a program of its own; it imports nothing of the project. It reads requests, one JSON
object per line, from the standard input, and answers each with a line on the standard output, after a first line that
says whether it is ready. markitdown is used without plugins, services and models: only its converters of PDF, DOCX
and EPUB.
"""

import json
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO
from zipfile import BadZipFile, ZipFile

_FORBIDDEN_EVENTS: Final = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec")
"""Audit events (https://docs.python.org/3/library/audit_events.html) of what a converter has no business with."""
_MOST_PARTS: Final = 20_000
"""Files in an archive; a DOCX or EPUB has one per picture and chapter."""
_UNPACKED_PER_BYTE: Final = 20
"""How many times as large as the largest document that is read an archive may be unpacked; XML packs well."""
_ENCRYPTED_FLAG: Final = 0x1
_RIGHTS: Final = frozenset({"META-INF/license.lcpl", "META-INF/rights.xml", "META-INF/sinf.xml"})
"""Where the copy protection of EPUB files is described: LCP, Adobe, Apple."""
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"
"""How an encrypted DOCX begins ([MS-OFFCRYPTO] 2.3.4), and a DOC of old that was renamed."""
_STYLES: Final = "p[style-name='Title'] => h1:fresh"
"""mammoth knows the styles of headings, but not the one of a document's title."""
_EPUB_FIELD: Final = re.compile(r"\*\*(Title|Authors|Language|Publisher|Date|Description|Identifier):\*\* (.*)")
_PICTURE_IN_TEXT: Final = re.compile(r"!\[([^\]]*)\]\(data:[^)]*\)")


class _RefusedError(Exception):
    """A document is not converted, for a reason that the caller knows by name."""

    def __init__(self, fault: str, problem: str) -> None:
        super().__init__(problem)
        self.fault = fault


def main() -> None:
    """Answer requests until the input ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    try:
        from markitdown import converters
    except ImportError as error:
        _say(answers, {"missing": str(error)})
        return
    _limit_memory()
    sys.addaudithook(_refuse_what_is_not_needed)
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _say(answers, _answer(converters, json.loads(line)))


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # no such limit on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


def _refuse_what_is_not_needed(event: str, _arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN_EVENTS):
        raise PermissionError(event)


def _answer(converters: Any, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a module
    try:
        answer = _converted(converters, Path(request["path"]), request["kind"], request["max_bytes"])
    except _RefusedError as error:
        return {"fault": error.fault, "problem": str(error)}
    except OSError as error:
        return {"fault": "unreadable_file", "problem": error.strerror or str(error)}
    except MemoryError:
        return {"fault": "too_large", "problem": "it takes too much memory"}
    except Exception as error:  # noqa: BLE001 - converters of damaged files fail in every way; the caller reports it
        return {"fault": _fault_of(error), "problem": f"{type(error).__name__}: {error}"[:300]}
    return answer


def _fault_of(error: Exception) -> str:
    names = {kind.__name__ for seen in (error, error.__cause__, error.__context__) for kind in type(seen).__mro__}
    if "MissingDependencyException" in names:
        return "extra_missing"
    return "encrypted" if names & {"PDFPasswordIncorrect", "PDFEncryptionError"} else "damaged"


def _converted(converters: Any, path: Path, kind: str, max_bytes: int) -> dict[str, Any]:  # noqa: ANN401 - a module
    from markitdown import StreamInfo

    if kind != "pdf":
        _check_archive(path, max_bytes * _UNPACKED_PER_BYTE)
    options = {"style_map": _STYLES} if kind == "docx" else {}
    converter = {"pdf": "PdfConverter", "docx": "DocxConverter", "epub": "EpubConverter"}[kind]
    with path.open("rb") as document:
        result = getattr(converters, converter)().convert(document, StreamInfo(extension=f".{kind}"), **options)
    markdown, facts = _without_header(result.markdown) if kind == "epub" else (result.markdown, {})
    text = _PICTURE_IN_TEXT.sub(r"\1", markdown).replace("\f", "\n").strip()
    if len(text.encode(errors="replace")) > max_bytes:
        raise _RefusedError("too_large", f"its text is larger than {max_bytes} bytes")
    if not text:
        raise _RefusedError("no_text", "it holds no text, only pictures perhaps")
    # A character that is half of one (a lone surrogate) can be neither stored nor shown.
    return {"markdown": text.encode(errors="replace").decode(), **facts}


def _check_archive(path: Path, max_unpacked_bytes: int) -> None:
    """Refuse an archive by its table of contents; `zipfile` unpacks no more of a file than stands there."""
    with path.open("rb") as document:
        if document.read(4) == _OLE_MAGIC:
            raise _RefusedError("encrypted", "it is encrypted, or in the format of Word 97")
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except BadZipFile as error:
        raise _RefusedError("damaged", str(error)) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > max_unpacked_bytes:
        raise _RefusedError("too_large", f"unpacked it is larger than {max_unpacked_bytes} bytes")
    if any(part.flag_bits & _ENCRYPTED_FLAG or part.filename in _RIGHTS for part in parts):
        raise _RefusedError("encrypted", "it is encrypted")


def _without_header(markdown: str) -> tuple[str, dict[str, str]]:
    """Return a converted EPUB without the list of fields that markitdown begins it with, and these fields."""
    header, _, text = markdown.partition("\n\n")
    fields = dict(_EPUB_FIELD.findall(header))
    names = {"Title": "title", "Authors": "author", "Language": "language", "Date": "published"}
    facts = {name: fields[field].strip() for field, name in names.items() if field in fields}
    return (text, facts) if fields else (markdown, {})


if __name__ == "__main__":
    main()
