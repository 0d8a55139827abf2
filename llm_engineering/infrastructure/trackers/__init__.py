"""Adapters of the ExperimentTracker port."""
