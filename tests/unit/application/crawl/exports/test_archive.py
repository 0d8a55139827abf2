import bz2
import re
import stat
import struct
import warnings
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.exports.archive import Archive, ArchiveLimits, MemberError, opened_archive
from llm_engineering.application.crawl.exports.faults import ExportFault
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from tests.support.exports import archive_of, zipped


def _opened(buffer: BytesIO, limits: ArchiveLimits | None = None) -> Archive:
    return Archive(ZipFile(buffer), limits or ArchiveLimits())


def _patched(members: dict[str, str | bytes], old: bytes, new: bytes) -> BytesIO:
    """Return an archive with bytes replaced by as many others, as no writer of archives would write them."""
    content = zipped(members).getvalue()
    assert old in content
    assert len(old) == len(new)
    return BytesIO(content.replace(old, new))


class TestNames:
    @pytest.mark.parametrize(
        "name", ["/etc/passwd", "../evil", "a/../../evil", "C:evil", "c:/evil", "a\\..\\evil", "\\\\host\\share", ".."]
    )
    def test_a_name_that_leads_out_refuses_the_archive(self, name: str) -> None:
        with pytest.raises(FileError, match="leads out of it") as caught:
            archive_of({"good.txt": "x", name: "x"})
        assert caught.value.reason is FailureReason.ARCHIVE_INVALID

    def test_a_null_character_in_a_name_refuses_the_archive(self) -> None:
        with pytest.raises(FileError, match="leads out of it"):
            _opened(_patched({"good.txt#": "x"}, b"good.txt#", b"good.txt\0"))

    @pytest.mark.parametrize("name", ["Wait...what.html", "2025-07-02 04:22:13.0-slug.html", "a..b/c", "ä/日本.html"])
    def test_other_names_are_kept_as_they_are(self, name: str) -> None:
        assert archive_of({name: "x"}).names == (name,)

    @given(name=st.text(st.sampled_from("ab./\\:C"), min_size=1, max_size=12))
    def test_no_name_that_is_kept_leads_out_of_a_folder(self, name: str) -> None:
        try:
            kept = archive_of({name: "x"}).names
        except FileError:
            return
        root = Path("/root/of/archive")
        assert all((root / name).resolve().is_relative_to(root) for name in kept)

    def test_utf8_names_that_are_not_declared_are_read(self) -> None:
        archive = _opened(_patched({"posts/xxxx.html": "hello"}, b"xxxx", "éé".encode()))
        assert archive.names == ("posts/éé.html",)
        assert archive.text("posts/éé.html") == "hello"

    def test_other_names_that_are_not_declared_are_read_as_cp437(self) -> None:
        assert _opened(_patched({"x.html": "hello"}, b"x.html", b"\x82.html")).names == ("é.html",)

    def test_folders_and_debris_of_macos_are_no_members(self) -> None:
        assert archive_of({"a/": "", "a/.DS_Store": "x", "__MACOSX/a/._b": "x", "a/b": "x"}).names == ("a/b",)


class TestMembers:
    def test_names_that_match_are_sorted(self) -> None:
        archive = archive_of({"b.csv": "", "a.csv": "", "a.csv.bak": ""})
        assert archive.matching(re.compile(r"\w\.csv")) == ("a.csv", "b.csv")

    def test_the_first_of_two_members_of_one_name_is_read(self) -> None:
        buffer = BytesIO()
        with ZipFile(buffer, "w") as written, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the name is there already
            written.writestr("a", "first")
            written.writestr("a", "second")
        archive = _opened(buffer)
        assert archive.read("a") == b"first"
        assert [fault.reason for fault in archive.faults] == ["duplicate_member"]

    def test_symbolic_links_are_not_followed(self) -> None:
        info = ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        buffer = BytesIO()
        with ZipFile(buffer, "w") as written:
            written.writestr(info, "/etc/passwd")
        archive = _opened(buffer)
        assert archive.names == ()
        assert [fault.reason for fault in archive.faults] == ["symlink"]

    def test_a_wrong_checksum_concerns_that_member_only(self) -> None:
        buffer = BytesIO()
        with ZipFile(buffer, "w", ZIP_STORED) as written:
            written.writestr("bad", "original words")
            written.writestr("good", "x")
        archive = _opened(BytesIO(buffer.getvalue().replace(b"original", b"tampered")))
        with pytest.raises(MemberError, match="Bad CRC-32") as caught:
            archive.read("bad")
        assert caught.value.drop.reason == "damaged_member"
        assert archive.read("good") == b"x"

    def test_a_cut_off_stream_is_damaged(self) -> None:
        packed = zipped({"a": "words " * 100})
        with ZipFile(packed) as read:
            size = read.getinfo("a").compress_size
        cut = packed.getvalue().replace(struct.pack("<L", size), struct.pack("<L", size - 5))
        with pytest.raises(MemberError, match="cannot be read"):
            _opened(BytesIO(cut)).read("a")

    def test_other_compressions_are_not_read(self) -> None:
        buffer = BytesIO()
        with ZipFile(buffer, "w", ZIP_BZIP2) as written:
            written.writestr("a", bz2.compress(b"x"))
        with pytest.raises(MemberError, match="method 12") as caught:
            _opened(buffer).read("a")
        assert caught.value.fault is ExportFault.UNKNOWN_COMPRESSION

    def test_a_zip64_member_is_read(self) -> None:
        buffer = BytesIO()
        with ZipFile(buffer, "w", ZIP_DEFLATED) as written, written.open("a", "w", force_zip64=True) as member:
            member.write(b"long")
        assert _opened(buffer).read("a") == b"long"


class TestLimits:
    def test_a_bomb_is_refused_while_it_is_read(self) -> None:
        archive = archive_of({"a": b"\0" * 5_000_000})
        with pytest.raises(FileError, match="decompression bomb") as caught:
            archive.read("a")
        assert caught.value.reason is FailureReason.ARCHIVE_INVALID

    def test_a_member_that_declares_a_small_size_is_damaged(self) -> None:
        content = b"\0" * 5_000_000
        lying = _patched({"a": content}, struct.pack("<L", len(content)), struct.pack("<L", 10))
        with pytest.raises(MemberError, match="cannot be read"):
            _opened(lying).read("a")

    def test_a_large_member_is_left_out(self) -> None:
        archive = archive_of({"a": "x" * 11, "b": "x" * 10}, ArchiveLimits(max_member_bytes=10))
        with pytest.raises(MemberError, match="larger than 10 bytes") as caught:
            archive.read("a")
        assert caught.value.fault is ExportFault.TOO_LARGE
        assert archive.read("b") == b"x" * 10

    def test_all_members_together_are_limited(self) -> None:
        archive = archive_of({"a": "x" * 10, "b": "x" * 10}, ArchiveLimits(max_archive_bytes=19))
        archive.read("a")
        with pytest.raises(FileError, match="more than 19 bytes") as caught:
            archive.read("b")
        assert caught.value.reason is FailureReason.TOO_LARGE

    def test_the_number_of_members_is_limited(self) -> None:
        with pytest.raises(FileError, match="has 3 members, more than 2"):
            archive_of({"a": "", "b": "", "c": ""}, ArchiveLimits(max_members=2))

    def test_members_that_share_their_bytes_are_refused(self) -> None:
        content = zipped({"a": "x" * 100, "b": "y" * 100}).getvalue()
        directory = content.index(b"PK\x01\x02")
        second = content.index(b"PK\x01\x02", directory + 1)
        overlapping = content[: second + 42] + struct.pack("<L", 0) + content[second + 46 :]
        with pytest.raises(FileError, match="overlap"):
            _opened(BytesIO(overlapping))

    def test_an_encrypted_archive_is_refused(self) -> None:
        content = bytearray(zipped({"a": "x"}).getvalue())
        content[content.index(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(FileError, match="is encrypted") as caught:
            _opened(BytesIO(bytes(content)))
        assert caught.value.reason is FailureReason.ARCHIVE_INVALID


class TestOpenedArchive:
    def test_the_archive_at_a_path_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(zipped({"a": "x"}).getvalue())
        with opened_archive(path, ArchiveLimits()) as archive:
            assert archive.text("a") == "x"

    @pytest.mark.parametrize("content", [b"", b"PK", b"<html>Log in to download</html>", b"PK\x05\x06" + b"\xff" * 18])
    def test_what_is_no_archive_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        with pytest.raises(FileError, match="no whole ZIP archive") as caught, opened_archive(path, ArchiveLimits()):
            pass
        assert caught.value.reason is FailureReason.ARCHIVE_INVALID

    def test_a_missing_file_is_not_found(self, tmp_path: Path) -> None:
        path = tmp_path / "none.zip"
        with pytest.raises(FileError, match="There is no file") as caught, opened_archive(path, ArchiveLimits()):
            pass
        assert caught.value.reason is FailureReason.NOT_FOUND

    def test_a_folder_cannot_be_opened(self, tmp_path: Path) -> None:
        with pytest.raises(FileError) as caught, opened_archive(tmp_path, ArchiveLimits()):
            pass
        assert caught.value.reason is FailureReason.UNREADABLE_FILE
