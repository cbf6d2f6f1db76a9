"""What is measured in a network: one number per network, shape [S].

Movement of units, weights and kernels, directions among units, dependence of
units. May import all the rest of `models` but `data`.
"""
