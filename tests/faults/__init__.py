"""Faults, tested: processes that are killed, machines that lose power, disks that fail, servers that go away.

Theory of operation. A *program* (``programs``) is a graph with a script of inputs and answers. It is run by several
*lives* (``life``), one after the other: processes, forked from a warm one, that open the saver, look at what is stored,
and go on from there. Every life but the last is *doomed* (``dooms``): it dies, or something fails, at a place that is
counted or drawn from a seed. Every effect of a node, and what the node saw of other nodes' effects, is noted in a file
(``effects``) that survives; together with what each life found stored, this is what the *promises* (``promises``) are
held against. A *point* (``points``) names program, saver, durability and dooms in one line, and can be tried again.

    python -m tests.faults                         # what CI tries
    python -m tests.faults --points 5000 --seed 7  # more of it
    python -m tests.faults --point "sqlite fan invoke sync before:17"
"""
