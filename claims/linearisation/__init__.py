"""The network and its tangent model.

A network replaced by its first-order expansion about its initial weights is a
linear model, and training it is kernel regression. The claims here ask how far
the network follows that model in descent and in flow, and what the expansion
leaves out. In weights it is far from the model where in outputs it is near.

They also check the algebra printed for it: the output at the start does not vanish
with the width, nor does ∇f·θ_0, and of two formulas for where training ends only the
one that starts from f_0 is right.
"""
