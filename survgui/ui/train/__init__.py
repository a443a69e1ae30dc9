"""The Train workspace: a cohort becomes a bundle, with its cross-validation beside the Cox rows."""
