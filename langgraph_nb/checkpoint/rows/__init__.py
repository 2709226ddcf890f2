"""Between checkpoints and rows, for every database: what a stored row holds, and which rows an operation writes.

Theory of operation
-------------------
Four tables, the same in every database; ``space`` is the number of a (thread, namespace).

``nb_spaces``       (space, thread_id, checkpoint_ns)
``nb_checkpoints``  (space, id, parent_id, run_id, body): one row a checkpoint. Sorted by id, the rows of a space fall
                    into *frames*: a *keyframe*, which holds everything, and the *deltas* behind it. A delta's parent is
                    the row before it (``parent_id`` is NULL); it holds what changed since, and the writes of the tasks
                    that led to it, which are pending on its parent. A keyframe has its parent in ``parent_id`` (``''``:
                    none). Whatever is not the newest of its space, following the newest, is a keyframe: forks, unknown
                    parents, ids that do not sort. So is, now and then, a row that could be a delta: when the deltas
                    since the keyframe have become much larger than it. So storage is linear in what changes, and
                    reading any checkpoint takes no more than in proportion to its state.
``nb_blobs``        (space, n, upto, data): values too large to be in a row. A value is one row with ``upto`` 0. A list
                    is rows of items behind each other, ``upto`` being how many items there are up to the end of each.
``nb_writes``       (space, id, task_id, body): what a task wrote that was stored without the checkpoint that it led to.
                    Of a task that has a row here, nothing that is said elsewhere counts.

``run_id`` is there where a row's metadata was stored whole, which is where a run begins; rows behind it that have none
are of the same run.

Every ``body`` and ``data`` is closed with a seal (``checkpoint/seal.py``) bound to the row's place; a delta's place
holds the id of the row before it, so that a missing row is noticed by the one behind it. What is behind none is not
missed: the newest rows of a space, if somebody takes them out with their writes, and whole threads. Databases lose no
committed rows by themselves; to notice that a person did it, a record of the newest row would have to be written with
each one. That is another page of an SQLite file to write and to sync in each step, 2 to 5 µs beside the 10 that the
step's own row costs, and who can take out the row could take back the record.

``forms``   what stands for a value in a row: itself if it is small, or where it is
``lists``   packed lists: taking apart, putting together, what was added
``frames``  bodies of checkpoint rows
``tasks``   bodies of rows of writes
``batch``   which rows a transaction writes
``shrink``, ``retention``, ``copying``, ``inspection``  what is done with whole threads
``reading`` checkpoints from rows
``history`` checkpoints of a namespace, page by page
``saver``   what savers of rows have in common

Nothing here knows a database: what must be looked up is asked of a ``Shelf``.
"""
