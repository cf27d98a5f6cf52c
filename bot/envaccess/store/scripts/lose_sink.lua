-- A sink is declared lost and its cursor dropped, unless that has moved since it was looked at. Returns 1 where it was.
-- Takes: name text, stored text
if redis.call('HGET', key('cursors'), A.name) ~= A.stored then
  return 0
end
local after = sortable(A.stored) and A.stored or '0-0'
local detail = { name = string.sub(A.name, #'sink:' + 1), after = after, newest = NEWEST or '0-0' }
bypass_oom()
emit('sink.lost', 'bot', nil, detail)
redis.call('HDEL', key('cursors'), A.name)
return 1
