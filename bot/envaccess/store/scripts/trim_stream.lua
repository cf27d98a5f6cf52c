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
local dropped = redis.call('XTRIM', key('audit'), 'MINID', '~', lowest)
-- What was typed goes with its event, also where the retention was another one when it was kept.
local first, today = redis.call('XRANGE', key('audit'), '-', '+', 'COUNT', 1)[1], math.floor(NOW / TTL.day)
local oldest = first and math.floor(tonumber(string.match(first[1], '^%d+')) / TTL.day) or today
for day = math.max(oldest, today - LONGEST_KEPT), today do
  redis.call('PEXPIREAT', key('typed', int(day)), int((day + 2) * TTL.day + A.retention))
end
return dropped
