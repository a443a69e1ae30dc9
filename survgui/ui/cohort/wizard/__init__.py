"""Files of many patients to a cohort, in five steps: files, outcome, check, folds, report."""
