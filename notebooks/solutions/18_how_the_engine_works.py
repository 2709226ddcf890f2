# Solutions of 18_how_the_engine_works, and answers that are wrong in ways that happen.

# %% exercise-1
class Reduced(Channel):
    """A value that each write is combined with."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def update(self, writes):
        first, *others = writes if self.version == 0 else [self.value, *writes]
        for write in others:
            first = self.function(first, write)
        self.value, self.version = first, self.version + 1

# %% exercise-1 wrong: the value is `4`, expected `12`
#-         first, *others = writes if self.version == 0 else [self.value, *writes]
#+         first, *others = writes

# %% exercise-1 wrong: the version is `2`, expected `1`
#-         self.value, self.version = first, self.version + 1
#+         self.value, self.version = first, self.version + len(writes)

# %% exercise-1 wrong: the version is `0`, expected `1`
#-         self.value, self.version = first, self.version + 1
#+         self.value = first

# %% exercise-1 wrong: expected `-5`
#-         first, *others = writes if self.version == 0 else [self.value, *writes]
#+         first, *others = [self.value, *writes] if self.value else writes

# %% exercise-1 wrong: While `version` is 0, nothing is there
#-         first, *others = writes if self.version == 0 else [self.value, *writes]
#+         first, others = self.value, writes

# %% exercise-1 wrong: the order counts
#-             first = self.function(first, write)
#+             first = self.function(write, first)

# %% exercise-1 wrong: This channel holds one value
#-     def update(self, writes):
#+     def updated(self, writes):

# %% exercise-2
class Barrier(Channel):
    """Has a new version when all have written their names."""

    def __init__(self, names):
        super().__init__()
        self.names = set(names)
        self.missing = set(names)

    def update(self, writes):
        self.missing -= set(writes)
        if not self.missing:
            self.version += 1
            self.missing = set(self.names)

# %% exercise-2 wrong: it has to wait for everybody again
#-             self.missing = set(self.names)
#+             pass

# %% exercise-2 wrong: does not stand for `facts`
#-         self.missing -= set(writes)
#-         if not self.missing:
#-             self.version += 1
#-             self.missing = set(self.names)
#+         self.count = getattr(self, "count", 0) + len(writes)
#+         self.version = self.count // len(self.names)

# %% exercise-2 wrong: the list of versions is `[0, 0, 0, 0, 0, 1]`
#-         self.missing -= set(writes)
#+         self.missing = set(self.names) - set(writes)

# %% exercise-3
class Hasty(Engine):
    def superstep(self):
        due = [name for name in self.nodes if self.is_due(name)]
        writes = defaultdict(list)
        for name in due:
            reads, function = self.nodes[name]
            self.seen[name] = {key: self.channels[key].version for key in reads}
            for key, value in function({key: self.channels[key].value for key in reads}).items():
                writes[key].append(value)
        for key, values in writes.items():
            self.channels[key].update(values)
        return due

# %% exercise-3 wrong: and nothing was said: now it is `'right'`
#-             self.channels[key].update(values)
#+             for value in values:
#+                 self.channels[key].update([value])

# %% exercise-3 wrong: listed as `['left', 'right']`, what is there after one superstep is `{'a': 2, 'b': 2}`
#-                 writes[key].append(value)
#+                 self.channels[key].update([value])

# %% exercise-3 wrong: expected the names of those that ran
#-         return due
#+         return None

# %% exercise-3 wrong: should have swapped them back
#-             self.seen[name] = {key: self.channels[key].version for key in reads}
#+
#-             self.channels[key].update(values)
#+             self.channels[key].update(values)
#+         for name in due:
#+             self.seen[name] = {key: self.channels[key].version for key in self.nodes[name][0]}
