"""The user's cases on disk: one list, and a folder of survgui's own files for each case."""

from survgui.workspace.cases import Workspace
from survgui.workspace.lease import Holder, Lease, ReadOnly
from survgui.workspace.record import CaseRecord
from survgui.workspace.traces import SourceState

__all__ = ["CaseRecord", "Holder", "Lease", "ReadOnly", "SourceState", "Workspace"]
