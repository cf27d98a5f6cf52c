-- Count a command of this person; 0 when there were too many in this minute. A repeat is not counted, and gets
-- the answer that its first delivery got: one too many stays one too many.
if replay() then
  return 1
end
insist() -- these keys live for a minute; without them no end of access could be typed on a full Redis
local mine = key('commands', A.person .. ':' .. A.op)
local told = redis.call('GET', mine)
if told then
  return tonumber(told)
end
local number = redis.call('INCR', key('commands', A.person))
if number == 1 then
  redis.call('PEXPIRE', key('commands', A.person), TTL.minute)
end
local allowed = number <= COMMANDS_PER_MINUTE and 1 or 0
redis.call('SET', mine, int(allowed), 'PX', TTL.minute)
return allowed
