"""How networks learn: descent in steps, flows, optimisers, and the linearised network.

Imports `networks` and `kernels` (a rate is a share of the kernel's largest
eigenvalue); observables import it.
"""
