-- What is to be done at one source now, each for one process at a time: ends, and extensions. Returns them, and the
-- milliseconds until the next (-1: none).
-- Takes: source text, token text, limit integer
local function extensions_of(lease)
  return lease.extending == '1' and redis.call('HGET', key('request', lease.request), 'extensions') or ''
end

local function take(id)
  local lease = read_lease(id)
  if not lease then -- another version's, or nothing of it is kept
    redis.call('ZADD', key('leases_at', A.source), int(NOW + LEASE.pause_most), id)
    return nil
  elseif lease.source ~= A.source then
    redis.call('ZREM', key('leases_at', A.source), id)
    return nil
  end
  settle_lease(lease)
  lease = read_lease(id) or lease -- whose time is over ends now, and is not merely looked at
  local due = lease.state == 'ending' and 'end' or lease.state == 'minted' and (lease.extending == '1' and 'extend' or 'look')
  if not due then
    redis.call('ZADD', key('leases_at', A.source), int(math.max(NOW + 1, lease_turn(lease) or 0)), id)
    return nil
  end
  local left = number(lease, 'ends_at') - NOW
  if left - left ~= 0 then -- its end is no moment, and no answer can hold it
    redis.call('ZADD', key('leases_at', A.source), int(NOW + TTL.unknown), id)
    return nil
  end
  set_lease(lease, { holder = A.token })
  redis.call('ZADD', key('leases_at', A.source), int(NOW + (due == 'look' and LEASE.look or LEASE.held)), id)
  return {
    id = id, request = lease.request, variable = lease.variable, seal = lease.seal, due = due,
    left = math.floor(left), ends_at = lease.ends_at, extensions = extensions_of(lease),
    stuck = lease.stuck == '1' and 1 or 0,
  }
end

bypass_oom()
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('leases_at', A.source), '-inf', int(NOW), 'LIMIT', 0, A.limit)) do
  local ran, lease = pcall(take, id)
  if not ran then -- somebody spoiled it: it holds up nothing, and is looked at again
    redis.call('ZADD', key('leases_at', A.source), int(NOW + TTL.unknown), id)
  elseif lease then
    taken[#taken + 1] = lease
  end
end
local first = redis.call('ZRANGE', key('leases_at', A.source), 0, 0, 'WITHSCORES')
local wait = #first > 0 and math.min(TTL.day, math.max(0, tonumber(first[2]) - NOW)) or -1
return cjson.encode({ leases = #taken > 0 and taken or nil, wait = wait })
