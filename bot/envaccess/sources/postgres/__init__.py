"""PostgreSQL: logins made for one use of a grant, and two roles whose passwords are rotated in turn.

Whatever is made here is a role that is a member of one group, and owns nothing. Rights come by that
membership alone: GRANTs to each new role would fill the access lists of objects until one is full.
"""
