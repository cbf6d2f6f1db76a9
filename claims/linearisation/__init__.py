"""The network and its tangent model.

A network replaced by its first-order expansion about its initial weights is a
linear model, and training it is kernel regression. The claims here ask how far
the network follows that model, whether the algebra printed for it is right, and
what the expansion leaves out.
"""
