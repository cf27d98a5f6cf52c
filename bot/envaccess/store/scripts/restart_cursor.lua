-- A cursor that cannot be believed begins anew after this event. Returns 1 where it did; 0 where it can be believed.
-- Takes: name text, event text
local stored = stored_cursor(A.name)
if believed(stored) ~= '' then
  return 0
end
local to = reached(A.event)
local detail = { cursor = A.name, found = to, seen = sortable(stored) and stored or nil }
bypass_oom()
emit('audit.gap', 'bot', nil, detail)
redis.call('HSET', key('cursors'), A.name, to)
return 1
