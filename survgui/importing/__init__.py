"""From what users have to a cohort: files are recognised and proposed, the proposal is edited, then written.

proposal = run_to_end(propose([Path("downloads")], workspace))
cohort = run_to_end(load(proposal))                         # what would be read, for the report
file = run_to_end(write(proposal, Path("cohort")))          # cohort.toml, and tables that a format needs
"""

from survgui.importing.proposing import propose
from survgui.importing.revising import recount, revise
from survgui.importing.writing import load, write

__all__ = ["load", "propose", "recount", "revise", "write"]
