"""Data sets and inputs, made or shipped with a package: deterministic, scaled alike.

Imports nothing else of `models`, and nothing but claims imports it.
"""
