"""The omics tab: a case's features beside the bundle's development cohort."""
