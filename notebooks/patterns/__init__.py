"""Six ways for agents to work together, each a short program of the public API: copy one and change it.

Run one from the folder of the notebooks: ``python -m patterns.supervisor``. They are explained in 14_several_agents.
"""
