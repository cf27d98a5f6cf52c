-- The rest of the lists that name a value which became current, or is so no longer. Returns how many values wait.
-- Takes: most integer
for place = 1, A.most do
  local found = redis.call('ZRANGE', key('relist'), 0, 0, 'WITHSCORES')
  if #found == 0 then
    return 0
  end
  local name, mark = string.match(found[1], '^(.*)~(.*)$')
  redis.call('ZREM', key('relist'), found[1])
  if name then
    relist(name, mark, tonumber(found[2]))
  end
end
return redis.call('ZCARD', key('relist'))
