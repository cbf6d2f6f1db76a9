"""Fine-tuning, and training itself, as movement in a tangent space.

Asked whether fine-tuning is moving around in the tangent space at the pretrained weights, the
post's author says yes, and that in the limit ordinary training is so too. The claims here measure
how well: in how close a task and at what width fine-tuning follows its linearisation, what share
of all that weights move lies outside the gradients of the start, and that what is then learned of
two sets of labels is the sum of what each teaches.

The author adds that the same analysis which makes training linear says that activations stand
still. Over networks lazy and not, asked for little and for much, how far units move tells what the
linearisation misses; that one implies the other is true in one direction only.
"""
