"""What a job writes to its log, told while it runs."""

from collections.abc import Callable
from typing import Final

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsBusyError, AwsNotThereError, AwsSignInError
from llm_engineering.infrastructure.aws.job_errors import LOG_GROUP

_MOST_PAGES: Final = 20
"""Read at a time, so that a job that writes much does not keep one from looking at its status."""
_MOST_CHARACTERS: Final = 2000


class JobLog:
    """The lines of the log of one job, each told once. A job that AWS has interrupted has several streams.

    Args:
        calls: How AWS is asked.
        name: Of the job.
        say: Is given each line.
    """

    def __init__(self, calls: AwsCalls, name: str, say: Callable[[str], None]) -> None:
        self._calls = calls
        self._name = name
        self._say = say
        self._tokens: dict[str, str | None] = {}
        """How far each stream was read."""
        self._is_readable = True

    def tell_new(self) -> None:
        """Tell the lines that came since the last time. A log that cannot be read ends no wait: that is told once.

        Raises:
            AwsSignInError: Nobody is signed in any more, which the job's status could not be asked without either.
        """
        if not self._is_readable:
            return
        try:
            for stream in self._streams():
                self._tell(stream)
        except (AwsBusyError, AwsNotThereError):  # the container has not written yet, or the next look will do
            return
        except AwsSignInError:
            raise
        except TwinError as error:
            self._is_readable = False
            self._say(f"(the log is not shown: {error.problem})")

    def _streams(self) -> list[str]:
        found = self._calls.pages(
            "logs", "describe_log_streams", "logStreams", logGroupName=LOG_GROUP, logStreamNamePrefix=f"{self._name}/"
        )
        return sorted(str(each["logStreamName"]) for each in found)

    def _tell(self, stream: str) -> None:
        for _ in range(_MOST_PAGES):
            token = self._tokens.get(stream)
            further = {} if token is None else {"nextToken": token}
            answer = self._calls.call(
                "logs",
                "get_log_events",
                logGroupName=LOG_GROUP,
                logStreamName=stream,
                startFromHead=True,
                **further,
            )
            for event in answer["events"]:
                self._say(plain_line(str(event["message"])))
            self._tokens[stream] = str(answer["nextForwardToken"])
            if not answer["events"]:
                return


def plain_line(text: str) -> str:
    """Return a line of a log as a terminal may show it: without the codes by which it could be steered."""
    shown = "".join(letter if letter.isprintable() or letter == "\t" else " " for letter in text.rstrip())
    return shown[:_MOST_CHARACTERS]
