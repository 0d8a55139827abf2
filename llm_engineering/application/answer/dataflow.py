"""Hamilton, of which everything that takes part in the dataflow of an answer is imported from here.

Whoever imports Hamilton's decorators makes it look for some twenty libraries that it has extensions for, and import
those that are installed: seconds, and hundreds of megabytes. No node here is a column of a table, so it is told that
it has looked already. It reports nothing to anybody (its telemetry was removed in version 1.89).
"""

import logging  # noqa: TID251 - Hamilton logs through it
from asyncio import Task, create_task, iscoroutine
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, TypeVar

from hamilton import registry

registry.INITIALIZED = True

from hamilton.async_driver import AsyncDriver, AsyncGraphAdapter  # noqa: E402 - after the line above
from hamilton.base import DictResult  # noqa: E402
from hamilton.driver import Driver  # noqa: E402
from hamilton.function_modifiers import config  # noqa: E402
from hamilton.lifecycle import LifecycleAdapter  # noqa: E402
from hamilton.lifecycle.base import LifecycleAdapterSet  # noqa: E402
from hamilton.node import Node  # noqa: E402

__all__ = ["Dataflow", "LifecycleAdapter", "when"]

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def when(**configuration: str) -> Callable[[FunctionT], FunctionT]:
    """Return Hamilton's `config.when`: the node is this function where the configuration has these values.

    The function's name is that of the node, two underscores and that of the alternative.
    """
    decorated: Callable[[FunctionT], FunctionT] = config.when(**configuration)
    return decorated


class Dataflow(AsyncDriver):  # type: ignore[misc] # Hamilton has no types
    """An asynchronous driver that makes one task of each value, not one more of each value's inputs.

    Hamilton's own makes some hundred tasks for an answer, which takes longer than all other work on it but searching.

    Args:
        configuration: By which alternatives are chosen.
        modules: Whose functions are the nodes.
        adapters: Asynchronous lifecycle adapters.
    """

    def __init__(
        self, configuration: Mapping[str, str], *modules: ModuleType, adapters: Sequence[LifecycleAdapter] = ()
    ) -> None:
        # What failed is raised; Hamilton prints it too, with the inputs of the node: questions and texts of others.
        logging.getLogger("hamilton").setLevel(logging.CRITICAL + 1)
        watching = LifecycleAdapterSet(*adapters)
        execution = _OneTaskEach(result_builder=DictResult(), async_lifecycle_adapters=watching)
        Driver.__init__(self, dict(configuration), *modules, adapter=[execution, *adapters])
        self.initialized = True


class _OneTaskEach(AsyncGraphAdapter):  # type: ignore[misc] # as above
    """Computes each value in one task, which waits for those that compute its inputs."""

    def do_node_execute(
        self,
        *,
        run_id: str,
        node_: Node,
        kwargs: dict[str, Any],
        task_id: str | None = None,
    ) -> Task[Any]:
        """Return the task that computes a value."""
        task = create_task(self._value(node_, kwargs, {"run_id": run_id, "node_": node_, "task_id": task_id}))
        task.add_done_callback(_noticed)
        return task

    async def _value(self, node: Node, given: Mapping[str, Any], run: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any
        inputs = {name: await value if isinstance(value, Task) else value for name, value in given.items()}
        await self._tell("pre_node_execute", **run, kwargs=inputs)
        # As Hamilton tells it: a node that is cancelled has no error.
        outcome: dict[str, Any] = {"success": True, "error": None, "result": None}
        try:
            value = node.callable(**inputs)
            outcome["result"] = await value if iscoroutine(value) else value
        except Exception as error:
            outcome |= {"success": False, "error": error}
            raise
        finally:
            await self._tell("post_node_execute", **run, kwargs=inputs, **outcome)
        return outcome["result"]

    async def _tell(self, hook: str, **about: Any) -> None:  # noqa: ANN401 - as each hook has it
        # One after the other: Hamilton's own way makes a task of each, which takes longer than what they do.
        for watching in self.adapter.async_hooks.get(hook, ()):
            await getattr(watching, hook)(**about)


def _noticed(task: Task[Any]) -> None:
    """Take note of how a task ended: an error that several values have in common is raised once."""
    if not task.cancelled():
        task.exception()
