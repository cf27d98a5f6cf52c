"""A child process that lives as long as its access: started, watched, and ended.

Knows no server and no client: values and an end come in, and whoever watches the access says when it ends
earlier or later. `Supervisor` puts the parts together.
"""
