"""Pipeline: the same as `feature_engineering`, spread over several machines."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.index.switch_rule import Switching
from llm_engineering.application.preprocess.chunking import Chunking
from steps.feature_engineering.decide_passages import decide_passages
from steps.feature_engineering.join_shards import join_shards
from steps.feature_engineering.mark_shard import mark_shard
from steps.feature_engineering.plan_shards import plan_shards
from steps.feature_engineering.switch_index import switch_index
from steps.feature_engineering.write_shard import write_shard


@pipeline(
    dynamic=True,
    # Named so that a configuration can give each of them machines of its own.
    depends_on=[plan_shards, mark_shard, decide_passages, write_shard, join_shards, switch_index],
    execution_mode=ExecutionMode.FAIL_FAST,
)
def sharded_feature_engineering(
    author_full_names: list[str], chunking: Chunking, switching: Switching, shards: int
) -> None:
    """Bring the index up to date with all documents of the authors, in shards that are worked on at the same time.

    The index is exactly that of `feature_engineering`: which passages stand for which others is decided once, by the
    marks of all shards, before any shard embeds.

    Args:
        author_full_names: Whose documents.
        chunking: How documents are cut.
        switching: When a collection that had to be built anew becomes the one that answers.
        shards: In how many parts; those without a document that has changed are not started.
    """
    plan = plan_shards(author_full_names, chunking, shards)
    marked = mark_shard.map(plan)
    decisions = decide_passages(plan, marked)
    written = write_shard.map(marked, decisions)
    join_shards(plan, written)
    switch_index(author_full_names, chunking, switching)  # a step of a dynamic pipeline begins when the last has ended
