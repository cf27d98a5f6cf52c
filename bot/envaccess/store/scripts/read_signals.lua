-- What the follower of what is unusual remembers of people, by their names; since when the workspace is watched ('' where it
-- is not yet). Something else may lie under a key, where somebody writes to Redis: it counts as nothing.
-- Takes: people texts
local windows, counts = {}, {}
for who in pairs(A.people) do
  local found = redis.pcall('HMGET', key('followed', who), 'window', 'counts')
  windows[who], counts[who] = found[1] or '', found[2] or ''
end
local since = redis.pcall('GET', key('watched'))
return cjson.encode({
  since = type(since) == 'string' and since or '',
  windows = next(windows) and windows or nil, counts = next(counts) and counts or nil,
})
