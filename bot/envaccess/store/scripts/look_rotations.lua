-- Which rotations are to be looked at now, and milliseconds until the next is (-1: none). With `name` those of one variable
-- are looked at now. `of`: how many live grants hold the value of this variable. `aside`: those with these ids (commas between
-- them) cannot be read, and are looked at again after so many milliseconds as `limit` says.
-- Takes: limit integer, name text?, of text?, aside text?
if A.of then
  return cjson.encode({ holders = #holders_of(A.of) })
end
if A.aside then
  for _, id in ipairs(split(A.aside)) do
    redis.call('ZADD', key('rotations'), 'XX', int(NOW + A.limit), id)
  end
  return cjson.encode({ ids = '', wait = 0 })
end
if A.name then
  for _, entry in ipairs(redis.call('HVALS', key('rotated', A.name))) do
    local id, closed = string.match(entry, '^(%w+):(%d+)$')
    if closed == '0' and redis.call('ZSCORE', key('rotations'), id) then
      bypass_oom()
      redis.call('ZADD', key('rotations'), int(NOW), id)
    end
  end
  return cjson.encode({ ids = '', wait = 0 })
end
local due = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('rotations'), '-inf', int(NOW), 'LIMIT', 0, A.limit)) do
  if redis.call('EXISTS', key('rotation', id)) == 1 then
    due[#due + 1] = id
  else
    bypass_oom()
    redis.call('ZREM', key('rotations'), id)
  end
end
local wait = -1
local after = redis.call('ZRANGEBYSCORE', key('rotations'), '(' .. int(NOW), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #after > 0 then
  wait = math.max(0, tonumber(after[2]) - NOW)
end
return cjson.encode({ ids = table.concat(due, ','), wait = wait })
