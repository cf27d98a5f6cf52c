-- Logins whose messages are to be drawn now, those that were marked first coming first; and the milliseconds until the next
-- mark (-1: none).
-- Takes: limit integer, kind text?
local KIND = A.kind or 'session' -- else: 'proposal', 'alert', 'rotation'
local CARDS = ({
  session = key('session_cards'), proposal = key('proposal_cards'), alert = key('alert_cards'),
  rotation = key('rotation_cards'),
})[KIND]
local ids = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', CARDS, '-inf', int(NOW), 'LIMIT', 0, A.limit)) do
  if redis.call('EXISTS', key(KIND, id)) == 1 then
    ids[#ids + 1] = id
  else
    bypass_oom()
    redis.call('ZREM', CARDS, id)
  end
end
local wait = -1
local after = redis.call('ZRANGEBYSCORE', CARDS, '(' .. int(NOW), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #after > 0 then
  wait = math.max(0, tonumber(after[2]) - NOW)
end
return cjson.encode({ ids = table.concat(ids, ','), wait = wait })
