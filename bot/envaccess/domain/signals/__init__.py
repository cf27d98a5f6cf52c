"""What is unusual about a request, said as facts that anybody can check by replaying the events.

`observe` takes what is remembered of somebody and what they ask for now, and returns what is remembered
next and the facts. Filing and `envaccess signals replay` call the same function. Nothing here decides
anything: a fact is shown.
"""
