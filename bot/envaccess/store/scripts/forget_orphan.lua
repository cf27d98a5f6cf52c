-- A stray message is deleted: forget it.
-- Takes: id text, mark text
local record = read(A.id)
if record then
  bypass_oom()
  local left = {}
  for _, mark in ipairs(split(record.strays or '')) do
    if mark ~= A.mark then
      left[#left + 1] = mark
    end
  end
  redis.call('HSET', key('request', A.id), 'strays', table.concat(left, ','))
end
return 1
