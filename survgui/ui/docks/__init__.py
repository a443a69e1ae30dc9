"""Panels beside and below the workspaces: jobs, checks, log, files."""
