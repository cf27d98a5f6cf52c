"""What people do, as it is sealed at the moment they do it, and what may be concluded from it.

Facts of security come from seals only: the fields of a record are an index for the store's scripts, which
anybody who can write to Redis can change. `statements` has what each kind of seal says; `walk` follows the
approvals of a request; `access` says what may be had, by whom and from when to when.
"""
