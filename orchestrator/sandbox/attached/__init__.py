"""The other front of Run Command: real SSM agents attach to it, by their own calls over HTTP.

wire         messages and replies      mail         a host's messages, and those it has
ec2messages  the agents' messages      calls        what else they ask SSM
node         what one says of itself   attachments  who may attach, and who has
listening    below a token             config       what attaches one, and detaches it
state        what outlives a sandbox   kept         commands and sessions as texts
"""
