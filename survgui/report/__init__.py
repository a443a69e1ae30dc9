"""The patient report: its content as data, its pages as PDF, HTML and JSON, and as images for a preview.

`content = engine.report.report_content(...)`, then `report.write(content, folder)`.
"""

from survgui.report.files import FORMATS, render, write
from survgui.report.pdf import Pages
from survgui.report.privacy import deidentified, pseudonymous
from survgui.report.sections import ALL, ALWAYS, Section

__all__ = ["ALL", "ALWAYS", "FORMATS", "Pages", "Section", "deidentified", "pseudonymous", "render", "write"]
