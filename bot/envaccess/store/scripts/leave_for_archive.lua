-- Take requests out of Redis that the archive holds: those that still are what it holds, and may leave. What was
-- changed since is looked at again. Only who leads does so: else another might write that segment anew meanwhile. Of
-- each: the names of its fields, those of its texts, and the SHA-1 of all values.
-- Takes: token text, ids text, records texts, before integer, segment integer, sha256 text
local function is_same(id, names, texts, digest)
  local held = {}
  for kind, list in pairs({ request = split(names), text = split(texts) }) do
    if redis.call('HLEN', key(kind, id)) ~= #list then
      return false
    end
    held[kind] = #list > 0 and redis.call('HMGET', key(kind, id), unpack(list)) or {}
  end
  local values = {}
  for _, kind in ipairs({ 'request', 'text' }) do
    for _, value in ipairs(held[kind]) do
      values[#values + 1] = value or '\1'
    end
  end
  return redis.sha1hex(table.concat(values, '\0')) == digest
end

if redis.call('GET', key('lease')) ~= A.token then
  return -1
end
local gone, stay = {}, {}
for _, id in ipairs(split(A.ids)) do
  local names, texts, digest = string.match(A.records[id], '^([^;]*);([^;]*);(%x+)$')
  local how = leaving(id, A.before)
  if how == 'ready' and is_same(id, names, texts, digest) then
    gone[#gone + 1] = id
  elseif how == 'ready' or how == 'pinned' then
    stay[#stay + 1] = id
  end
end
if #gone > 0 then
  bypass_oom() -- this makes room
  emit('store.archived', 'bot', nil, {
    segment = int(A.segment), sha256 = A.sha256, requests = int(#gone),
  })
  for _, id in ipairs(gone) do
    redis.call('DEL', key('request', id), key('text', id))
    redis.call('ZREM', key('archive_held'), id)
  end
end
for _, id in ipairs(stay) do
  redis.call('ZADD', key('archive_held'), int(NOW + TTL.day), id)
end
return #gone
