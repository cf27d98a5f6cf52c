"""Who may ask for what, for how long, who decides in which order, and what time does to it.

A policy is data (`rules`), found by a name (`book`), turned into one frozen ruling (`ruling`) that is pinned
into the request (`pinned`). Nothing here asks Slack: memberships are
arguments.
"""
