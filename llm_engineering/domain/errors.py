"""The errors of the project: each is named after a condition, carries its values and says what to do."""


class TwinError(Exception):
    """Root of all errors that this project raises on purpose.

    A command line prints them without a traceback, so a message has to be enough to act on.

    Args:
        problem: What broke, with the value that broke it.
        remedy: What the reader can do about it.
    """

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class InvalidInputError(TwinError, ValueError):
    """What a person gave (a name, a file, a configuration) cannot be used; trying again changes nothing.

    It is a `ValueError`, so that a rule of the domain can serve as a validator of a model.
    """


class RetryableError(TwinError):
    """The cause lies outside and may pass: the same call can succeed later."""


class StoreUnavailableError(RetryableError):
    """A store could not be reached or opened."""


class StoreReadOnlyError(TwinError):
    """A store lies where this process may not write."""


class StoreLockedError(RetryableError):
    """An embedded store is open in another process, which the message names."""


class CollectionMismatchError(TwinError):
    """A vector collection was made with another embedding model than the one that is set."""
