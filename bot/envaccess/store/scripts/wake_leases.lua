-- A source answers again, or this process starts: what waits to end there is asked for again at once.
-- Takes: source text
local later = redis.call('ZRANGEBYSCORE', key('leases_at', A.source), '(' .. int(NOW), '(' .. int(NOW + 2 * LEASE.pause_most), 'LIMIT', 0, 1000)
local woken = 0
for _, id in ipairs(later) do
  local kept = redis.call('HMGET', key('source_lease', id), 'state', 'holder', 'extending')
  local waits = kept[1] == 'ending' or kept[3] == '1'
  if waits and (not kept[2] or kept[2] == '') then
    redis.call('HSET', key('source_lease', id), 'tries', '0')
    redis.call('ZADD', key('leases_at', A.source), int(NOW), id)
    woken = woken + 1
  end
end
return woken
