"""The user's cases on disk: one list, and a folder of survgui's own files for each case."""

from survgui.workspace.cases import CaseRecord, Workspace

__all__ = ["CaseRecord", "Workspace"]
