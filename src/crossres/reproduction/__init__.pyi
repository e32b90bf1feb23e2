"""Every table and figure of Iwamoto 2023 on real data: ``crossres reproduce``."""

from .budgets import BUDGETS, Budget, BudgetName, budget
from .drawing import FIGURES, draw, draw_overview
from .methods import TABLES
from .protocol import folds
from .runner import describe, run, status_of, units_of
from .subjects import cohort_subjects, phantom_subjects
from .tables import write_table

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
