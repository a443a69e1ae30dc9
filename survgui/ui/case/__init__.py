"""The Case workspace: who, what there is, which model; the views; the estimate."""
