"""The sandbox's hosts: what an agent's script meets, and the programs that really run it."""
