-- Remember requests from before there were seals as an upgrade found them: sealed as what is over, in place of what was
-- typed and pinned then. A request that was sealed already, or changed since it was read, is left alone.
-- Takes: seals texts, versions texts
local kept = 0
for id, seal in pairs(A.seals) do
  local record = read(id)
  local unsealed = record and (redis.call('HGET', key('text', id), 'filing') or '') == ''
  if unsealed and record.version == A.versions[id] then
    redis.call('HSET', key('text', id), 'filing', seal)
    redis.call('HDEL', key('text', id), 'ruling', 'reason', 'approvals')
    redis.call('HSET', key('request', id), 'schema', SCHEMA)
    kept = kept + 1
  end
end
return kept
