"""A process that upserts objects one by one and prints the `_id` of each when the call has returned.

Arguments: number of objects, name of the field that it sets. The store is the one of the environment's settings.
"""

import sys

from llm_engineering.application.ports import Collection
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings


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
