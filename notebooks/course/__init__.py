"""The exercises of the course: ``from course import check`` in a notebook of this folder.

``check("01.1")`` looks at what the exercise's cell made and shows a card: what holds already, what does not, a hint.
The checks of one notebook are in the file ``lesson_NN.py``; an author reads ``checking.py`` first.
"""

from .checking import check

__all__ = ["check"]
