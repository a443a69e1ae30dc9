"""The Cohort workspace: who is in a cohort file, what is missing, how long everybody was followed."""
