-- Which of these requests may leave for the archive now. One that is over and may not is looked at again later.
-- Takes: ids text, before integer, again integer
local ready = {}
for _, id in ipairs(split(A.ids)) do
  local how = leaving(id, A.before)
  if how == 'ready' then
    ready[#ready + 1] = id
  elseif how == 'pinned' then
    redis.call('ZADD', key('archive_held'), int(NOW + A.again), id)
  else
    redis.call('ZREM', key('archive_held'), id)
  end
end
return table.concat(ready, ',')
