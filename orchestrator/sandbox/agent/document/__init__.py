"""Documents as the agent understands them: pure, from a message's text to steps and decisions.

payload     a command's message      reading     schemas 1.x and 2.x into steps
parameters  {{ name }} in values     stored      {{ssm:name}}, by Parameter Store
patterns    allowedPattern           conditions  preconditions
flow        run, skip or fail        script      what a step gives to a script plugin
words       values and errors as Go writes them

The rules are amazon-ssm-agent's (agent/framework/docparser and runpluginutil); the sentences too,
since they stand in replies. What was seen of them is in tests/recordings/agent-cases.json.
"""
