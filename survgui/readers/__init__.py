"""Files to arrays: slides, volumes, tables, bags, cohorts."""
