"""Documents of the formats that a converter reads, made byte by byte; and a converter in memory."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from llm_engineering.application.crawl.conversion import ConvertedFile, DocumentKind
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(lines: Sequence[str], *, is_encrypted: bool = False) -> bytes:
    """Return a PDF of one page with these lines; encrypted, no password opens it."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    content = f"BT /F1 12 Tf 72 720 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
        f"<< /Filter /Standard /V 1 /R 2 /O <{'00' * 32}> /U <{'11' * 32}> /P -4 >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    encrypt = f" /Encrypt 7 0 R /ID [<{'22' * 16}> <{'22' * 16}>]" if is_encrypted else ""
    trailer = f"trailer\n<< /Size 8 /Root 1 0 R{encrypt} >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 8\n0000000000 65535 f \n{table}{trailer}".encode()


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP file of these files."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as written:
        for name, text in parts.items():
            written.writestr(name, text)
    return content.getvalue()


def docx(body: str, *, prologue: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a DOCX with a body in WordprocessingML; what else is given lies beside it."""
    return archive({
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships {_RELATIONS}><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
            ' Target="word/document.xml"/></Relationships>'
        ),
        "word/styles.xml": (
            f'<w:styles {_WORD}><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
            '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
        ),
        "word/_rels/document.xml.rels": (
            f'<Relationships {_RELATIONS}><Relationship Id="r1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
            "</Relationships>"
        ),
        "word/document.xml": f"{prologue}<w:document {_WORD}><w:body>{body}</w:body></w:document>",
        **(parts or {}),
    })


def paragraph(text: str, style: str = "Normal") -> str:
    """Return a paragraph in WordprocessingML."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def epub(chapters: Mapping[str, str], *, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return an EPUB of these chapters (XHTML by file name), by Ada Lovelace, in English, of 1843-09-01."""
    items = "".join(f'<item id="{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in _ids(chapters))
    spine = "".join(f'<itemref idref="{n}"/>' for n, _ in _ids(chapters))
    return archive({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
        ),
        "content.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Notes</dc:title>'
            "<dc:creator>Ada Lovelace</dc:creator><dc:language>en-GB</dc:language><dc:date>1843-09-01</dc:date>"
            f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
        ),
        **chapters,
        **(parts or {}),
    })


def _ids(chapters: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"c{number}", name) for number, name in enumerate(chapters)]


class ConverterInMemory:
    """Converts files whose bytes are those of a document that it was told of; all others are damaged."""

    def __init__(self) -> None:
        self.converted: list[Path] = []
        self._results: dict[bytes, ConvertedFile | FileFault] = {}

    def knows(self, content: bytes, result: ConvertedFile | FileFault) -> bytes:
        """Remember what a document gives; return its bytes."""
        self._results[content] = result
        return content

    def convert(self, path: Path, kind: DocumentKind) -> ConvertedFile:
        self.converted.append(path)
        result = self._results.get(path.read_bytes(), FileFault.DAMAGED) if path.exists() else FileFault.UNREADABLE
        if isinstance(result, FileFault):
            raise FileLeftOutError(result, f"{str(path)!r} was not converted.", remedy="Convert another one.")
        return result
