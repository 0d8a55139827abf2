"""Under which licence a repository stands, as an SPDX identifier (https://spdx.org/licenses/) where it has one."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

MANIFESTS: Final = ("pyproject.toml", "package.json", "Cargo.toml")
"""Files whose field `license` is asked when no text of a licence is there, in this order."""
_LONGEST_LICENCE: Final = 100

_LICENCE_FILE: Final = re.compile(r"((?i:(un)?licen[cs]e)([-.][\w.-]+)?|COPYING(\.LESSER)?)(\.(md|rst|txt))?")
_REUSE_FILE: Final = re.compile(r"LICENSES/(?P<identifier>[\w.+-]+)\.txt")
"""Where the REUSE specification (https://reuse.software/spec-3.3/) keeps licences, under their SPDX identifiers."""
_CHOICE: Final = re.compile(r"(?i:licen[cs]e)-[\w.-]+")
"""Names such as LICENSE-MIT and LICENSE-APACHE, between whose texts one may choose."""
_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*(?P<expression>[\w.+() -]+)")
_HEAD_WORDS: Final = 80
"""How many words the title of a licence is looked for in: a copyright notice may stand before it."""

_TITLES: Final[tuple[tuple[str, str], ...]] = (
    ("AGPL-3.0", "gnu affero general public license version 3"),
    ("LGPL-3.0", "gnu lesser general public license version 3"),
    ("LGPL-2.1", "gnu lesser general public license version 2 1"),
    ("LGPL-2.0", "gnu library general public license version 2"),
    ("GPL-3.0", "gnu general public license version 3"),
    ("GPL-2.0", "gnu general public license version 2"),
    ("Apache-2.0", "apache license version 2 0"),
    ("MPL-2.0", "mozilla public license version 2 0"),
    ("MPL-2.0", "mozilla public license v 2 0"),
    ("PSF-2.0", "a history of the software"),
    ("PSF-2.0", "python software foundation license version 2"),
    ("ZPL-2.1", "zope public license zpl version 2 1"),
    ("EPL-2.0", "eclipse public license v 2 0"),
    ("EUPL-1.2", "european union public licence v 1 2"),
    ("BSL-1.0", "boost software license version 1 0"),
    ("WTFPL", "do what the fuck you want to public license"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("CC0-1.0", "cc0 1 0 universal"),
    *(
        (f"CC-{short}-{version}", f"attribution{long} {version.replace('.', ' ')} {area}")
        for version, area in (("4.0", "international"), ("3.0", "unported"))
        for short, long in (
            ("BY", ""), ("BY-SA", " sharealike"), ("BY-ND", " noderivatives"), ("BY-ND", " noderivs"),
            ("BY-NC", " noncommercial"), ("BY-NC-SA", " noncommercial sharealike"),
            ("BY-NC-ND", " noncommercial noderivatives"), ("BY-NC-ND", " noncommercial noderivs"),
        )
    ),
)  # fmt: skip
"""What stands at the head of a licence: words in lower case, without punctuation. The first title that is found
decides, since licences name each other further on.

Whether later versions of a GNU licence may be chosen stands in the files, not in the text of the licence; the plain
identifier is given, as GitHub does.
"""

_PERMISSION: Final = "permission is hereby granted free of charge to any person obtaining a copy of this software"
_ISC: Final = "permission to use copy modify and or distribute this software for any purpose with or without fee"
_OLD_ISC: Final = "permission to use copy modify and distribute this software for any purpose with or without fee"
_CMU: Final = "permission to use copy modify and distribute this software and its documentation for any purpose"
_BSD: Final = "redistribution and use in source and binary forms with or without modification are permitted"
_SENTENCES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("MIT", (_PERMISSION, "shall be included in all copies")),
    ("MIT-0", (_PERMISSION, "without restriction")),
    ("ISC", (_ISC, "this permission notice appear in all copies")),
    ("ISC", (_OLD_ISC, "this permission notice appear in all copies")),
    ("0BSD", (_ISC,)),
    ("MIT-CMU", (_CMU, "appear in supporting documentation")),
    ("BSD-4-Clause", (_BSD, "all advertising materials mentioning features")),
    ("BSD-3-Clause", (_BSD, "endorse or promote products derived from")),
    ("BSD-2-Clause", (_BSD,)),
    ("Zlib", ("altered source versions must be plainly marked",)),
)
"""Sentences by which a licence without a title is known. Licences of borrowed parts may follow: of the rows of which
all sentences are found it is the one whose first sentence comes first, and of equal ones the upper one."""


def is_licence_file(path: str) -> bool:
    """Whether a path is that of a licence of the whole repository."""
    return _LICENCE_FILE.fullmatch(path) is not None or _REUSE_FILE.fullmatch(path) is not None


def licence_of(files: Mapping[str, str]) -> str | None:
    """Return under which licence a repository stands; None if it does not say.

    Several licences are joined as SPDX does: with "OR" where their files are named as a choice, else with "AND". The
    GPL beside the LGPL, which is built on it, is none of its own. If no text is one of those that are known, the field
    `license` of a manifest is taken, and else the first line of the text, so that a person can look it up.

    Args:
        files: The texts of the licence files and manifests, by their paths.
    """
    texts = {path: text for path, text in sorted(files.items()) if is_licence_file(path)}
    known = {path: licence for path, text in texts.items() if (licence := _recognised(path, text))}
    licences = set(known.values())
    if any(licence.startswith("LGPL") for licence in licences):
        licences = {licence for licence in licences if not licence.startswith("GPL")}
    joint = " OR " if all(_CHOICE.fullmatch(path) for path in known) else " AND "
    stated = joint.join(sorted(licences)) or _in_manifests(files)
    return stated or next((line for text in texts.values() if (line := _first_line(text))), None)


def _recognised(path: str, text: str) -> str | None:
    """Return the SPDX identifier, or the SPDX expression, of a text."""
    if named := _REUSE_FILE.fullmatch(path):
        return named["identifier"]
    if tag := _TAG.search(text):
        return tag["expression"].strip()
    words = re.sub(r"[^a-z0-9]+", " ", text.lower()).split()
    head, whole = " ".join(words[:_HEAD_WORDS]), " ".join(words)
    titled = [(head.index(title), licence) for licence, title in _TITLES if title in head]
    described = [
        (whole.index(sentences[0]), row)
        for row, (_, sentences) in enumerate(_SENTENCES)
        if all(sentence in whole for sentence in sentences)
    ]
    if titled:
        return min(titled)[1]
    return _SENTENCES[min(described)[1]][0] if described else None


def _in_manifests(files: Mapping[str, str]) -> str | None:
    stated = (_READERS[PurePosixPath(name).suffix](files[name]) for name in MANIFESTS if name in files)
    return next((licence for licence in stated if licence), None)


def _toml_licence(text: str) -> str | None:
    """Return what `[project]` (PEP 639), Poetry or Cargo say."""
    try:
        manifest: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    places = (("project",), ("tool", "poetry"), ("package",))
    return _first(_field(manifest, *place, "license") for place in places)


def _json_licence(text: str) -> str | None:
    try:
        manifest: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _first([_field(manifest, "license")])


def _field(manifest: Any, *names: str) -> Any:  # noqa: ANN401 - whatever stands in somebody's file
    for name in names:
        manifest = manifest.get(name) if isinstance(manifest, dict) else None
    return manifest


def _first(fields: Iterable[Any]) -> str | None:
    """Return the first licence of some fields; one may be a table `{text = "MIT"}`."""
    texts = (field.get("text") if isinstance(field, dict) else field for field in fields)
    return next((_first_line(text) for text in texts if isinstance(text, str) and text.strip()), None)


def _first_line(text: str) -> str | None:
    lines = (line.strip("#*=- \t\ufeff") for line in text.splitlines())
    return next((line[:_LONGEST_LICENCE] for line in lines if line), None)


_READERS: Final[Mapping[str, Callable[[str], str | None]]] = {".json": _json_licence, ".toml": _toml_licence}
