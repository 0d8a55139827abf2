"""An index that is brought up to date by several machines at once, each with a shard of the documents.

The order is `planned_shards`, `marked_shard` for each shard, `decided_shards`, `written_shard` for each shard,
`joined_shards`. Which passage stands for which others is decided once, between the two parts that are spread: so the
index does not depend on how many shards there are or in which order they end.
"""
