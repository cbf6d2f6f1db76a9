"""Networks: architecture, parametrization, parameters, S of them as one object.

What a network is and how it computes, forward and backward. Imports nothing
else of `models`; everything else may import it.
"""
