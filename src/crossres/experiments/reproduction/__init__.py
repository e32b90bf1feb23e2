"""Every table and figure of Iwamoto 2023 on real data: ``crossres reproduce``."""

from crossres.experiments.reproduction.budgets import BUDGETS, Budget, BudgetName, budget
from crossres.experiments.reproduction.drawing import FIGURES, draw, draw_overview
from crossres.experiments.reproduction.methods import TABLES
from crossres.experiments.reproduction.protocol import cohort_subjects, folds, phantom_subjects
from crossres.experiments.reproduction.runner import describe, run, status_of, units_of
from crossres.experiments.reproduction.tables import write_table

__all__ = [
    "BUDGETS",
    "FIGURES",
    "TABLES",
    "Budget",
    "BudgetName",
    "budget",
    "cohort_subjects",
    "describe",
    "draw",
    "draw_overview",
    "folds",
    "phantom_subjects",
    "run",
    "status_of",
    "units_of",
    "write_table",
]
