"""ZenML pipelines: only calls of steps. What a YAML file may set of each is in `pipelines.parameters`."""
