"""The broker: lets an agent call services with values that it never sees.

It runs beside the agent, holds a session of its own in memory, and passes on the calls that the policy
allows, with the value in one header. What a service answers is looked through before it is passed back.
"""
