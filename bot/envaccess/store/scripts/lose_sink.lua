-- A sink is declared lost, unless its cursor has moved since it was looked at. One that goes on does so from this very
-- event, so that it is told what it misses; the cursor of another is dropped. Returns 1 where it was.
-- Takes: name text, stored text, goes_on flag, actor text
if redis.call('HGET', key('cursors'), A.name) ~= A.stored then
  return 0
end
local after = sortable(A.stored) and A.stored or '0-0'
local detail = { name = string.sub(A.name, #'sink:' + 1), after = after, newest = NEWEST or '0-0' }
bypass_oom()
emit('sink.lost', A.actor, nil, detail)
if A.goes_on == '1' and NEWEST then
  redis.call('HSET', key('cursors'), A.name, NEWEST)
else
  redis.call('HDEL', key('cursors'), A.name)
end
return 1
