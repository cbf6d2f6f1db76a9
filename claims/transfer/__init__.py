"""Pretraining in the kernel regime.

If the kernel never changes, all that a first task can leave to a second is where
the second starts. The claims here measure that this is what happens, and what
it is worth.
"""
