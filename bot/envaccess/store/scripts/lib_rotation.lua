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

local function keep_rotation(id, name)
  redis.call('PEXPIRE', key('rotation', id), KEPT_FOR)
  redis.call('PEXPIRE', key('rotated', name), KEPT_FOR)
end
