"""The patient report: its content as data, its pages as PDF, HTML and JSON."""
