"""Pages: documents from templates, prose and formulas set from docstrings.

Imports `drawing` and the tables of `reports`; templates and static files lie beside it.
"""
