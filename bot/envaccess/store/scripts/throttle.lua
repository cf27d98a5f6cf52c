-- Count what somebody does; 0 when it was too much in this minute. It runs before everything else that a payload
-- causes: the names of its keys are arguments, so that it needs no table.
-- A repeat is not counted, and gets the answer that its first delivery got: one too many stays one too many.
-- Takes: outcome text, told text, idle text, counted texts, minute integer, repeat integer
if redis.call('EXISTS', P .. A.outcome) == 1 then
  return 1
end
local told = redis.call('GET', P .. A.told)
if told then
  return tonumber(told)
end
-- Writes nothing, and lets the rest through on a full Redis: without it no end of access could be typed there.
redis.call('ZREM', P .. A.idle, '')
local allowed = 1
for name, limit in pairs(A.counted) do
  local count = redis.call('INCR', P .. name)
  local over = limit ~= '0' and count > tonumber(limit)
  -- A count that lost its end, as after a restore, would lock its person out for ever.
  if count == 1 or (over and redis.call('PTTL', P .. name) < 0) then
    redis.call('PEXPIRE', P .. name, A.minute)
  end
  if over then
    allowed = 0
  end
end
redis.call('SET', P .. A.told, allowed, 'PX', A['repeat'])
return allowed
