-- A follower has the events up to this one. A cursor only goes forward, so that no slower process turns it back, and only to
-- an event of this stream: of one that a failover took back nobody may pass over what came in its place. One that cannot be
-- believed stays for `restart_cursor`. Returns 1 where it stands there or later, else 0.
-- Takes: name text, event text
local place = sortable(stored_cursor(A.name))
if not place or (NEWEST and place > sortable(NEWEST)) then
  return 0
end
if place >= sortable(A.event) then
  return 1
end
if not was_written(A.event) then
  return 0
end
bypass_oom()
redis.call('HSET', key('cursors'), A.name, A.event)
return 1
