"""Methods beside each other on one cohort's folds: their figures, and what becomes of them when modalities lack."""
