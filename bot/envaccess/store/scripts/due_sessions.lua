-- Logins whose messages are to be drawn now, those that were marked first coming first; and the milliseconds until the next
-- mark (-1: none).
-- Takes: limit integer
local ids = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('session_cards'), '-inf', int(NOW), 'LIMIT', 0, A.limit)) do
  if redis.call('EXISTS', key('session', id)) == 1 then
    ids[#ids + 1] = id
  else
    bypass_oom()
    redis.call('ZREM', key('session_cards'), id)
  end
end
local wait = -1
local after = redis.call('ZRANGEBYSCORE', key('session_cards'), '(' .. int(NOW), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #after > 0 then
  wait = math.max(0, tonumber(after[2]) - NOW)
end
return cjson.encode({ ids = table.concat(ids, ','), wait = wait })
