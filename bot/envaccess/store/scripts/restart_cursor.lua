-- A cursor that cannot be believed begins anew after this event, with `audit.gap`, unless a loss was told a moment ago: it
-- is the same one. Returns 1 where it did; 0 where it can be believed.
-- Takes: name text, event text
local stored = stored_cursor(A.name)
if believed(stored) ~= '' then
  return 0
end
local to = reached(A.event)
bypass_oom()
if redis.call('EXISTS', key('gap')) == 0 then
  open_gap({ cursor = A.name, found = to, seen = sortable(stored) and stored or nil })
end
redis.call('HSET', key('cursors'), A.name, to)
return 1
