"""Figures: one per form of prediction, as Vega-Lite, drawn from a record.

Imports records of the harness and the words of `reports`.
"""
