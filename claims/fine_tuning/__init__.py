"""Fine-tuning as movement in the tangent space of the pretrained network.

Fine-tuning a network a little is well described by its linearisation about the
pretrained weights. The claims here measure how well, in how close a task and at
what width, and whether ordinary training can be described so too.
"""
