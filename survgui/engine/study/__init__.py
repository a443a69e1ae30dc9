"""Studies of impuTMAE's open questions on any cohort: mask ratio, width, and missingness that is not at random."""
