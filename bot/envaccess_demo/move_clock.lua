-- Move this workspace's clock on: shorten every TTL and every stored time by the same amount, in one step.
-- For the playground and the tests only; nothing in the product calls it.
local times = {
  request = {
    'created_at', 'deadline_at', 'decided_at', 'expires_at', 'ended_at', 'step_at', 'step_deadline', 'remind_at',
    'starts_at', 'lapses_at', 'warn_at', 'warned_at', 'review_at', 'reviewed_at',
  },
  secret = { 'created_at', 'changed_at' },
}
local scored = {
  'deadlines', 'dirty', 'asked', 'held', 'shared', 'undecided', 'reviews', 'automatic', 'delegations', 'raised',
  'over',
}
local function is(name, kind)
  return string.sub(name, 1, #key(kind)) == key(kind)
end
local function earlier(text)
  local lock = cjson.decode(text)
  lock.at = int(tonumber(lock.at) - A.milliseconds)
  return cjson.encode(lock)
end
bypass_oom()
local cursor = '0'
local keys = {}
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', string.gsub(P, '[{}%[%]*?]', '\\%0') .. '*', 'COUNT', 1000)
  cursor = page[1]
  for _, name in ipairs(page[2]) do
    keys[#keys + 1] = name
  end
until cursor == '0'
for _, name in ipairs(keys) do
  local left = redis.call('PTTL', name)
  if left >= 0 and name ~= key('lease') then
    if left > A.milliseconds then
      redis.call('PEXPIRE', name, int(left - A.milliseconds))
    else
      redis.call('DEL', name)
    end
  end
  for kind, fields in pairs(times) do
    for _, field in ipairs(is(name, kind) and fields or {}) do
      local at = redis.call('HGET', name, field)
      if at and at ~= '0' then
        redis.call('HSET', name, field, int(tonumber(at) - A.milliseconds))
      end
    end
  end
  local lock = is(name, 'barred') and redis.call('GET', name)
  local locks = name == key('locks') and redis.call('HGETALL', name) or {}
  for place = 1, #locks, 2 do
    redis.call('HSET', name, locks[place], earlier(locks[place + 1]))
  end
  if lock then
    redis.call('SET', name, earlier(lock), 'KEEPTTL')
  end
  for _, kind in ipairs(scored) do
    local flat = is(name, kind) and redis.call('ZRANGE', name, 0, -1, 'WITHSCORES') or {}
    for place = 1, #flat, 2 do
      redis.call('ZADD', name, int(tonumber(flat[place + 1]) - A.milliseconds), flat[place])
    end
  end
end
return #keys
