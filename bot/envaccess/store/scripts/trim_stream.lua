-- Drop events that are older than so many milliseconds and that every follower has, whatever its name: one that this
-- version does not know is another version's. Where a cursor cannot be believed nothing is dropped. The event that a
-- cursor stands at stays, so that its loss is noticed. Returns how many were dropped.
-- Takes: retention integer
if not NEWEST then
  return 0
end
local lowest = int(NOW - A.retention) .. '-0'
local function hold(stored)
  local at = believed(stored)
  if at == '' or sortable(at) < sortable(lowest) then
    lowest = at ~= '' and at or '0-0'
  end
end
hold(stored_cursor('lines'))
-- No more than the signed head says: else what was dropped could not be told from what somebody deleted.
local head = redis.call('HGET', key('tree'), 'fork:' .. (redis.call('HGET', key('tree'), 'current') or '0'))
if head then
  local read_it, facts = pcall(cjson.decode, head)
  hold(read_it and type(facts) == 'table' and type(facts.kept) == 'string' and facts.kept or '0-0')
end
for _, stored in ipairs(redis.call('HVALS', key('cursors'))) do
  hold(stored)
end
return redis.call('XTRIM', key('audit'), 'MINID', '~', lowest)
