"""PDF files, made by a library and of other people's making."""

import gzip
import os
from pathlib import Path

import pytest
from fpdf import FPDF


def write_pdf(path: Path, title: str, paragraphs: tuple[str, ...]) -> None:
    """Write a PDF with a title and a page for each paragraph."""
    pdf = FPDF()
    pdf.set_title(title)
    for paragraph in paragraphs:
        pdf.add_page()
        pdf.set_font("Helvetica", size=12)
        pdf.multi_cell(0, 6, paragraph)
    pdf.output(str(path))


def debian_pdf(folder: Path) -> Path:
    """Return the manual of bzip2 as Debian packs it (package bzip2-doc), or skip the test where it is not installed."""
    packed = Path(os.environ.get("TEST_DEBIAN_DOCUMENTATION", "/usr/share/doc")) / "bzip2" / "manual.pdf.gz"
    if not packed.is_file():
        pytest.skip(f"{packed} is missing; apt-get install bzip2-doc brings it")
    path = folder / "manual.pdf"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path
