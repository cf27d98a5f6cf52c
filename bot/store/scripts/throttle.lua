-- Count a command of this person; 0 when there were too many in this minute. A repeat is not counted.
local stored = replay()
if stored then
  return 1
end
if redis.call('SET', P .. KEY.commands .. A.person .. ':' .. A.op, '1', 'PX', TTL.minute, 'NX') then
  local number = redis.call('INCR', key('commands', A.person))
  if number == 1 then
    redis.call('PEXPIRE', key('commands', A.person), TTL.minute)
  end
  if number > COMMANDS_PER_MINUTE then
    return 0
  end
end
return 1
