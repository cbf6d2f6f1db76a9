"""What a first task leaves to a second: a start in the kernel regime, features elsewhere.

The post's author holds that networks in the kernel regime learn no features, and that all they can
transfer is where the next regression starts: it might speed up convergence, may as well do harm,
and flips with the sign of the target. His main objector replies that a tangent kernel that stands
still does not make transfer impossible: a better start fits faster, and where the data leave the
solution open the start selects it. A later comment says that the kernel does away with any path
dependence.

The claims here let both have their way on the same tasks: functions of the same hidden plane, or
halves of the same digits, whose outputs do not correlate, drawn anew for every seed. In the kernel
regime everything transfers that the objector names, and it is what the author calls minimal. A
network that learned A and then learns B is kernel regression from a shifted start, f_A + R(B − f_A)
on B's inputs, with the kernel from before either task (kernel_transfer_is_a_shifted_start); the
start decides between solutions, by what the inputs leave of it (the_start_selects_among_solutions);
A, B and A again do leave a trace, which the same formula tells
(order_matters_only_through_the_start); and a start near the solution saves steps, as many as the
spectrum says (a_good_start_speeds_convergence). The worth of it is 2⟨R f_A, R B⟩ − ‖R f_A‖². The
same task on new inputs is helped, its opposite is harmed by more than that
(sign_flip_turns_help_into_harm), a task of the same features that does not correlate is harmed
(unrelated_tasks_are_harmed), and so is one that correlates by a quarter: the gain is a straight
line in the correlation (kernel_transfer_is_linear_in_correlation) that begins at a loss
(weakly_related_tasks_are_harmed).

What does not transfer are features. Learn B by regression with the kernel of the pretrained
network, and in the kernel regime it saves a share of the error that vanishes with width
(kernel_learns_nothing_from_pretraining); in μP, on the same planes and inputs, it saves half of the
error at any width (learned_features_serve_another_task), on small sets of images hardly any. Give
both a new readout, and the start is gone: of the kernel regime's transfer nothing is left, and that
of μP helps a task and its opposite alike (learned_features_do_not_mind_the_sign). So the author is
right about what the kernel regime lacks, and the objector that it is not nothing; what the objector
needed, transfer between tasks that share features and not outputs, is what it cannot do.
"""
