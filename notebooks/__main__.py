"""``python3 notebooks``: install into ``.venv-lab`` and open the tour. Arguments go to ``langgraph-nb lab``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.environment import environment

if __name__ == "__main__":
    process = subprocess.Popen([environment(".venv-lab", "lab"), "-m", "langgraph_nb.cli", "lab", *sys.argv[1:]])
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # JupyterLab got it too: it asks, or stops
            continue
