import pytest

from llm_engineering.application.crawl.licences import is_licence_file, licence_of

MIT = """MIT License

Copyright (c) 2024 Ada Lovelace

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, ...

The above copyright notice and this permission notice {notice}shall be included in all
copies or substantial portions of the Software.
"""
BSD = """Copyright (c) 2024, Ada Lovelace

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:
"""
THIRD_CLAUSE = "Neither the name of Ada nor ... may be used to endorse or promote products derived from this software"
ISC = """Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted{proviso}."""
CMU = """Permission to use, copy, modify and distribute this software and its
documentation for any purpose and without fee is hereby granted, provided that the
above copyright notice appear in all copies, and ... appear in supporting documentation"""
GNU = "                    GNU {name} PUBLIC LICENSE\n                       Version {version}, 29 June 2007\n"
GPL = GNU.format(name="GENERAL", version="3")
LGPL = GNU.format(name="LESSER GENERAL", version="3")


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (MIT.format(notice=""), "MIT"),
        (MIT.format(notice="(including the next\nparagraph) "), "MIT"),
        (MIT.partition("The above")[0], "MIT-0"),
        (BSD, "BSD-2-Clause"),
        (BSD + "Parts of it are borrowed: " + MIT, "BSD-2-Clause"),
        (BSD + THIRD_CLAUSE, "BSD-3-Clause"),
        (BSD + "3. All advertising materials mentioning features ..." + THIRD_CLAUSE, "BSD-4-Clause"),
        (ISC.format(proviso=", provided that ... and this permission notice appear in all\ncopies"), "ISC"),
        (ISC.format(proviso=", provided that this permission notice appear in all copies").replace("/or", ""), "ISC"),
        (ISC.format(proviso=""), "0BSD"),
        (CMU, "MIT-CMU"),
        ("A. HISTORY OF THE SOFTWARE\n==========================\n" + ISC.format(proviso=""), "PSF-2.0"),
        ("Zope Public License (ZPL) Version 2.1", "ZPL-2.1"),
        ("          Apache License\n       Version 2.0, January 2004", "Apache-2.0"),
        ("Copyright 2024 Ada\n\nLicensed under the Apache License, Version 2.0 (the \"License\")", "Apache-2.0"),
        (GNU.format(name="GENERAL", version="2"), "GPL-2.0"),
        (GPL, "GPL-3.0"),
        (GNU.format(name="LESSER GENERAL", version="2.1"), "LGPL-2.1"),
        (LGPL + "... the terms and conditions of the GNU General Public License, version 3", "LGPL-3.0"),
        (GNU.format(name="AFFERO GENERAL", version="3") + "the GNU General Public License, version 3", "AGPL-3.0"),
        ("Mozilla Public License Version 2.0\n====\nthe GNU General Public License, Version 2.0", "MPL-2.0"),
        ("Eclipse Public License - v 2.0", "EPL-2.0"),
        ("EUROPEAN UNION PUBLIC LICENCE v. 1.2", "EUPL-1.2"),
        ("Boost Software License - Version 1.0 - August 17th, 2003", "BSL-1.0"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("Creative Commons Legal Code\n\nCC0 1.0 Universal", "CC0-1.0"),
        ("Attribution 4.0 International\n\n=====", "CC-BY-4.0"),
        ("# Creative Commons Attribution-ShareAlike 4.0 International Public License", "CC-BY-SA-4.0"),
        ("Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0"),
        ("Attribution-NonCommercial-ShareAlike 3.0 Unported", "CC-BY-NC-SA-3.0"),
        ("/* SPDX-License-Identifier: MIT OR GPL-2.0-or-later */", "MIT OR GPL-2.0-or-later"),
        ("3. Altered source versions must be plainly marked as such", "Zlib"),
    ],
)  # fmt: skip
def test_a_licence_is_known_by_its_text(text: str, licence: str) -> None:
    assert licence_of({"LICENSE": text}) == licence


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({"LICENSE-MIT": MIT, "LICENSE-APACHE": "Apache License\nVersion 2.0"}, "Apache-2.0 OR MIT"),
        ({"LICENSES/CC-BY-4.0.txt": "...", "LICENSES/MIT.txt": "..."}, "CC-BY-4.0 AND MIT"),
        ({"LICENSE": MIT, "LICENSE.third-party": BSD}, "BSD-2-Clause AND MIT"),
        ({"COPYING": GPL, "COPYING.LESSER": LGPL}, "LGPL-3.0"),
        ({"LICENSE": "Apache License Version 2.0", "package.json": '{"license": "MIT"}'}, "Apache-2.0"),
    ],
)  # fmt: skip
def test_several_files_may_say_it(files: dict[str, str], licence: str) -> None:
    assert licence_of(files) == licence


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({"pyproject.toml": '[project]\nlicense = "MIT OR Apache-2.0"'}, "MIT OR Apache-2.0"),
        ({"pyproject.toml": '[project]\nlicense = {text = "BSD-3-Clause"}'}, "BSD-3-Clause"),
        ({"pyproject.toml": '[tool.poetry]\nlicense = "MIT"'}, "MIT"),
        ({"Cargo.toml": '[package]\nlicense = "MPL-2.0"'}, "MPL-2.0"),
        ({"package.json": '{"license": "ISC"}'}, "ISC"),
        ({"pyproject.toml": '[project]\nlicense = {file = "LICENSE"}', "package.json": '{"license": "ISC"}'}, "ISC"),
        ({"LICENSE": "My own terms", "package.json": '{"license": "MIT"}'}, "MIT"),
        ({"LICENSE": "\n# My own terms #\n\nNobody may read this."}, "My own terms"),
        ({"LICENSE": "x" * 200}, "x" * 100),
        ({"LICENSE": "\n"}, None),
        ({"pyproject.toml": "= broken", "package.json": "[", "Cargo.toml": '[package]\nlicense = 7'}, None),
        ({"package.json": "[]"}, None),
        ({"README.md": "MIT"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_without_a_known_text_the_manifest_or_the_first_line_says_it(
    files: dict[str, str], licence: str | None
) -> None:
    assert licence_of(files) == licence


@pytest.mark.parametrize(
    ("path", "is_licence"),
    [
        ("LICENSE", True), ("license.md", True), ("LICENCE.txt", True), ("LICENSE-MIT", True), ("COPYING", True),
        ("COPYING.LESSER", True), ("UNLICENSE", True), ("LICENSES/MIT.txt", True),
        ("fonts/LICENSE", False), ("licenses.py", False), ("LICENSES/notes/MIT.txt", False), ("copying.md", False),
    ],
)  # fmt: skip
def test_a_licence_of_the_whole_repository_lies_at_its_top(path: str, is_licence: bool) -> None:
    assert is_licence_file(path) is is_licence
