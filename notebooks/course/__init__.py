"""The exercises of the course: ``from course import check`` in a notebook of this folder.

``check("01.1")`` looks at what the exercise's cell made and shows a card: what holds already, what does not, a hint.
``what_ran`` draws what ran in which run, what was kept, and what ran again.
The checks of one notebook are in the file ``lesson_NN.py``; an author reads ``checking.py`` first.
"""

from .checking import check
from .what_ran import what_ran

__all__ = ["check", "what_ran"]
