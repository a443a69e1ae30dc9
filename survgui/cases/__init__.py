"""What we know: a patient, a cohort, a prediction, a bundle. Numpy and the standard library only."""
