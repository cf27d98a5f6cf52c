-- Whether a claimed use may still be shown: asked right before the value leaves (law 2). Changes nothing.
-- Takes: id text, actor text, once flag, session text?
return may_show(read_known(A.id), A.actor, A.once, A.session) and 1 or 0
