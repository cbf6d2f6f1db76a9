"""Kernels of finite networks and of their limits, and what they predict.

Tangent and NNGP kernels, kernel regression and dynamics, Gaussian processes,
the limit of μP. Imports `networks`; training and observables import it.
"""
