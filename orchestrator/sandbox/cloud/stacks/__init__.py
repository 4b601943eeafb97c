"""CloudFormation, the sandbox's own: a stack makes its resources with its caller's rights.

service     which operations there are               asking      one request, and what answers it
changing    what makes and changes stacks            reading     what shows them, with `views`
requests    what a request asks for                  answers     from values to XML
paper       what a template comes to                 references  what in it refers to what
changes     what a change set says                   kept        stacks, change sets, events
making      from what is to what shall be, or back   resources   the API calls that this takes
shapes      the properties that there may be         calls       these calls, by the caller
"""

from orchestrator.sandbox.cloud.stacks.service import StackService

__all__ = ["StackService"]
