-- Move this workspace's clock on: shorten every TTL and every stored time by the same amount, in one step.
-- For the playground and the tests only; nothing in the product calls it.
-- Takes: milliseconds integer, sealed texts, old texts, new texts
-- `sealed`: the fields that hold seals, or other texts with times (baseline), by the kind of their key.
local scored = {
  'deadlines', 'dirty', 'asked', 'held', 'shared', 'undecided', 'reviews', 'automatic', 'delegations', 'raised',
  'over', 'signed_in', 'agents', 'session_cards', 'proposals', 'proposal_cards', 'alerts', 'alert_cards',
  'access_reviews', 'seen_people', 'seen_processes', 'exposed', 'leases_at', 'leased', 'rotations', 'rotation_cards',
  'exposed_people', 'reread',
}
-- Texts that begin with moments, `FIRST;LAST;...`.
local moments = { 'seen', 'current' }
-- All of their fields are seals.
local hashes = { 'duty_seals', 'hosts' }
local function is(name, kind)
  return string.sub(name, 1, #key(kind)) == key(kind)
end
-- Every stored time is called so: `created_at`, `step_deadline`.
local function is_time(field)
  return string.find(field, '_at$') or string.find(field, '_deadline$')
end
local function earlier(text)
  local lock = cjson.decode(text)
  lock.at = int(tonumber(lock.at) - A.milliseconds)
  return cjson.encode(lock)
end
-- The same of every moment in a JSON text: thirteen digits that are no event's id.
local function all_earlier(text)
  return (string.gsub(text, '(%d+)([,%]}])', function(number, after)
    return (#number == 13 and int(tonumber(number) - A.milliseconds) or number) .. after
  end))
end
local function all_earlier_moments(text)
  return (string.gsub(text, '(%d+);', function(number)
    return (#number == 13 and int(tonumber(number) - A.milliseconds) or number) .. ';'
  end))
end
-- Every field with seals of a key.
local function sealed_in(name)
  local found = {}
  for _, kind in ipairs(hashes) do
    local flat = is(name, kind) and redis.call('HGETALL', name) or {}
    for place = 1, #flat, 2 do
      found[flat[place]] = flat[place + 1]
    end
  end
  for kind, fields in pairs(A.sealed) do
    for field in string.gmatch(is(name, kind) and fields or '', '%S+') do
      found[field] = redis.call('HGET', name, field) or nil
    end
  end
  return found
end
local cursor = '0'
local keys = {}
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', string.gsub(P, '[{}%[%]*?]', '\\%0') .. '*', 'COUNT', 1000)
  cursor = page[1]
  for _, name in ipairs(page[2]) do
    keys[#keys + 1] = name
  end
until cursor == '0'
-- Somebody has sealed something since the caller looked: it looks again.
for _, name in ipairs(keys) do
  for field, seal in pairs(sealed_in(name)) do
    if A.old[name .. '|' .. field] ~= seal then
      return -1
    end
  end
end
bypass_oom()
for _, name in ipairs(keys) do
  for field in pairs(sealed_in(name)) do
    redis.call('HSET', name, field, A.new[name .. '|' .. field])
  end
  local left = redis.call('PTTL', name)
  if left >= 0 and name ~= key('lease') then
    if left > A.milliseconds then
      redis.call('PEXPIRE', name, int(left - A.milliseconds))
    else
      redis.call('DEL', name)
    end
  end
  local fields = (is(name, 'request') or is(name, 'catalogue') or is(name, 'session')
    or is(name, 'proposal') or is(name, 'alert') or is(name, 'access_review') or is(name, 'source_lease')
    or is(name, 'rotation')) and redis.call('HGETALL', name) or {}
  for place = 1, #fields, 2 do
    local at = is_time(fields[place]) and tonumber(fields[place + 1]) or 0
    if at > 0 then
      redis.call('HSET', name, fields[place], int(at - A.milliseconds))
    elseif fields[place] == 'leases' then
      redis.call('HSET', name, 'leases', (string.gsub(fields[place + 1], ':(%d+)', function(number)
        return ':' .. int(tonumber(number) - A.milliseconds)
      end)))
    end
  end
  -- Buttons name the seal of the offer that they are about, which is another one now.
  if is(name, 'session') and redis.call('HGET', name, 'state') == 'offered' then
    redis.call('HINCRBY', name, 'version', 1)
    redis.call('ZADD', key('session_cards'), int(NOW), string.sub(name, #key('session') + 1))
  end
  if is(name, 'proposal') and redis.call('EXISTS', name) == 1 then
    redis.call('HINCRBY', name, 'version', 1)
    redis.call('ZADD', key('proposal_cards'), int(NOW), string.sub(name, #key('proposal') + 1))
  end
  local followed = is(name, 'followed') and redis.call('HGETALL', name) or {}
  for place = 1, #followed, 2 do
    redis.call('HSET', name, followed[place], all_earlier(followed[place + 1]))
  end
  for _, kind in ipairs(moments) do
    local flat = is(name, kind) and redis.call('HGETALL', name) or {}
    for place = 1, #flat, 2 do
      redis.call('HSET', name, flat[place], all_earlier_moments(flat[place + 1]))
    end
  end
  local rotated = is(name, 'rotated') and redis.call('HGETALL', name) or {}
  for place = 1, #rotated, 2 do
    local moved = string.gsub(rotated[place + 1], '%d+$', function(number)
      return number == '0' and '0' or int(tonumber(number) - A.milliseconds)
    end)
    redis.call('HSET', name, rotated[place], moved)
  end
  if name == key('watched') then
    redis.call('SET', name, int(redis.call('GET', name) - A.milliseconds))
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
