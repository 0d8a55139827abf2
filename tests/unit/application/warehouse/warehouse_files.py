"""Folders in the exchange format, for tests."""

import json
from pathlib import Path
from typing import Any

Objects = list[dict[str, Any]]

ADA = {"_id": "ada", "first_name": "Ada", "last_name": "Lovelace"}


def article(object_id: str, **changes: Any) -> dict[str, Any]:
    """Return a valid article of Ada's, changed as asked; a field changed to `...` is left out."""
    valid = {
        "_id": object_id,
        "content": {"Title": f"Title of {object_id}", "Content": "Text"},
        "platform": "ada.example",
        "author_id": "ada",
        "author_full_name": "Ada Lovelace",
        "link": f"https://ada.example/{object_id}",
    }
    return {field: value for field, value in {**valid, **changes}.items() if value is not ...}


def written_folder(folder: Path, **files: Any) -> Path:
    """Write files named by their collection: `UserDocument=[...]` is `UserDocument.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, objects in files.items():
        (folder / f"{name}.json").write_text(json.dumps(objects), encoding="utf-8")
    return folder


def read_folder(folder: Path) -> dict[str, Objects]:
    """Return the objects of the files that hold any, by the name of the file, in the order of `_id`."""
    read = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    return {name: sorted(objects, key=lambda each: each["_id"]) for name, objects in read.items() if objects}
