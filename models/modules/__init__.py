"""Modules: networks of anybody's own, any `torch.nn.Module` that is a function of the width.

Roles of tensors, ensembles of modules, their derivatives and what is inside of them, and kinds that
come with the package. May import `networks`; `training`, `observables` and whatever is about
modules in particular may import it.
"""
