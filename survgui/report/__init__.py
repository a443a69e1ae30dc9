"""The patient report: its content as data, its pages as PDF, HTML and JSON.

`content = engine.report.report_content(...)`, then `report.write(content, folder)`.
"""

from survgui.report.files import FORMATS, render, write

__all__ = ["FORMATS", "render", "write"]
