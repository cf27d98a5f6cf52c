-- Rotations: each is one record, listed by when to look at it again, and under its variable by the mark of what was seen.
-- Of the live grants over a variable those that somebody has revealed: they hold what is to be made worthless.
local function holders_of(name)
  local found = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('shared', name), int(NOW), '+inf')) do
    local record = read_known(id)
    if record and record.grant == 'active' and number(record, 'reveals') > 0 and redis.call('EXISTS', key('grant', id)) == 1 then
      found[#found + 1] = record
    end
  end
  return found
end

-- One of a variable that is under way; nil where none is.
local function open_rotation_of(name)
  for _, entry in ipairs(redis.call('HVALS', key('rotated', name))) do
    local id = string.match(entry, '^(%w+):0$')
    if id and redis.call('ZSCORE', key('rotations'), id) then
      return id
    end
  end
  return nil
end

-- Rotations of a variable that are over and are remembered, the newest: late news of a value that was current before so many
-- others makes nothing due, since nothing is due of what is not current.
local OVER_MOST = 32

local function forget_rotations(name)
  local over, entries = {}, redis.call('HGETALL', key('rotated', name))
  for place = 1, #entries, 2 do
    local closed = string.match(entries[place + 1], '^%w+:(%d+)$')
    if closed and closed ~= '0' then
      over[#over + 1] = { mark = entries[place], closed = tonumber(closed) }
    end
  end
  table.sort(over, function(one, other)
    return one.closed > other.closed or (one.closed == other.closed and one.mark > other.mark)
  end)
  for place = OVER_MOST + 1, #over do
    redis.call('HDEL', key('rotated', name), over[place].mark)
  end
end

local function keep_rotation(id, name)
  redis.call('PEXPIRE', key('rotation', id), KEPT_FOR)
  redis.call('PEXPIRE', key('rotated', name), KEPT_FOR)
end
