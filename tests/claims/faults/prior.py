"""Faults in what is measured of the prior."""

FAULTS = {}
