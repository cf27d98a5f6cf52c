-- A follower has the events up to this one. A cursor only goes forward, so that no slower process turns it back, and
-- one that cannot be believed stays for `restart_cursor`. Returns 1 where it moved.
-- Takes: name text, event text
local to = reached(A.event)
local place = sortable(stored_cursor(A.name))
if not place or place >= sortable(to) then
  return 0
end
bypass_oom()
redis.call('HSET', key('cursors'), A.name, to)
return 1
