"""Experiments on cohorts: each is a command whose results are kept in the repository."""
