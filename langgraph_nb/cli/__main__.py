"""``python -m langgraph_nb.cli``: the command line where the ``langgraph-nb`` program is not on the path."""

import sys

from langgraph_nb.cli import main

sys.exit(main())
