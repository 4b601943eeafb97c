"""Thousands of hosts in one process: a fleet without a process, a thread or a server per host.

order      how large, how fast, what goes wrong     faults     ``--fault NAME=VALUE`` into rates
drawing    chance that comes out the same again     nodes      the hosts, as Run Command knows them
simulation what they do with commands               agenda     what is due when, on one heap
answers    what scripts say, asked once for many    asking     a script really run, for one of them
outputs    which answer holds for a host            personal   that answer in its own words
driver     the two threads of a whole fleet         network    faults of the service's endpoint
"""
