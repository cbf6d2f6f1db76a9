"""Do networks learn algorithms, and what does a theory of units have to do with that?

One of the comments on theories of deep learning finds one thing most surprising: what networks
learn has the structure of what made the data. A model of Othello's moves has the board in it, and
work on modular addition shows that networks learn genuine algorithms, at least some of the time;
theories of units that are draws from one law, the tangent kernel's first, should not be able to
say so, since units are exchangeable in them, and a circuit is joint work of many. The answer:
exchangeable units can be probed one by one all the same, and the reason is another, that the
kernel's units do not change. To which the first adds that independence forbids even a layer of
which at most two units are active.

The claims here take the smallest algorithm there is. A perceptron that has seen three fifths of
the table of a + b mod 23 fills in the rest; regression with its own kernel, before training or in
the limit, never once does, as cells of one row have different sums and a kernel that compares
cells can only say what it has seen. With the kernel after training regression is right again, so
that what matters are features and not how they are fitted; with the kernel of the time at which
networks know by heart what they have seen, it is not. The algorithm is in the weights: each
unit reads both summands as waves of one frequency, writes its answer as the wave whose phase is
the sum of theirs, and one frequency per unit is enough. None of this is there in networks that fit
the same labels on other cells.

Of the objection from independence, "at most two" is easy for independent units, and "just two" is
what they have in at most .29 of cases; that takes both words, independent and of one law.

Nor does it matter in networks that have learned features which unit is which: N units drawn from
among the trained ones compute the function as well, up to O(N^-1/2), as long as each keeps its
incoming and outgoing weights. In lazy networks they do not.
"""
