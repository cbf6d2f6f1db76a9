"""How evidence is shown: tables, figures, pages, and the plugin that writes them.

Everything here is a function of evidence records alone: a page can be rebuilt
anywhere, without the machine or the networks that were measured.
"""
