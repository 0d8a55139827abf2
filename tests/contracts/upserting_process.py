"""A process that upserts objects one by one and prints the `_id` of each when the call has returned."""

import os
import subprocess
import sys

from llm_engineering.application.ports import Collection
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings


def started(settings: Settings, count: int, field: str) -> subprocess.Popen[str]:
    """Start the process on the store of the settings; it upserts `count` objects and sets a field of each."""
    environment = {**os.environ, "DATA_FOLDER": str(settings.data_folder), "DATABASE_NAME": settings.database_name}
    if settings.database_host is not None:
        environment["DATABASE_HOST"] = settings.database_host.get_secret_value()
    command = [sys.executable, "-m", "tests.contracts.upserting_process", str(count), field]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def main(count: int, field: str) -> None:
    """Upsert objects whose keys are the numbers below `count`."""
    notes = Collection("notes", ("author", "link"))
    with opened_document_store(Settings()) as store:
        for number in range(count):
            noted = {"_id": f"{number:05}", "author": "ada", "link": str(number), field: "written", "text": "x" * 2000}
            store.upsert(notes, [noted])
            sys.stdout.write(noted["_id"] + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
