"""The prior over labels that the kernel amounts to.

The post on the tangent kernel takes Θ on all inputs for the covariance of their labels: whichever
test labels this prior likes best, given the training labels, are how the network will generalise.
It prints the log prior with λ_i where 1/λ_i belongs, a slip of its footnote's last steps. One of
its authors then tries the prior on five points, sees it prefer ever higher labels and labels on the
wrong side of what the network does, and asks what he has misunderstood.

The claims here tell that story to its end. With 1/λ_i the prior is the Gaussian's, its best test
labels are kernel regression, and the bumps of the trained network between five points are those
of the posterior mean. With λ_i as printed the best label of a new point is minus the
kernel-weighted sum of the others: on the wrong side, and too large. That is what the author saw, if
his notebook had the printed formula; whether it had, the text does not say. On average over
initialisations wide networks learn the posterior mean; their law around it is not the posterior's,
though, and the prediction is a weighted sum of labels, but no weighted average of those nearby.

What the post wants all this for is the choice between goals that the training data cannot tell
apart. Lazy networks choose as the prior does, one input at a time. Two rules as wholes are not
compared by their joint prior, and networks that learn features have left the prior behind. Which
training images are more similar by the kernel tells how a new one is treated four times in five,
as often as pixels tell it; what decides is regression.
"""
