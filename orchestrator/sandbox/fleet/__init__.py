"""Thousands of hosts in one process: a fleet without a process, a thread or a server per host.

order      how large, how fast, what goes wrong     faults     ``--fault NAME=VALUE`` into rates
drawing    chance that comes out the same again     nodes      the hosts, as Run Command knows them
simulation what they do, on one heap of events      answers    what they say, asked once for many
asking     a script really run, for one of them     personal   that answer in another's own words
driver     the two threads of a whole fleet         network    faults of the service's own endpoint
"""
