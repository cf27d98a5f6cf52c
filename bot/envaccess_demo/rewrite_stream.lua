-- Put entries of the audit stream in the place of others, or take them out, under their own ids: what somebody
-- does who can write to Redis. For the playground and the tests only; nothing in the product calls it.
-- Takes: changes text
-- `changes`: JSON, ids -> field, value, field, value...; false: it goes.
local stream = key('audit')
local facts = redis.call('XINFO', 'STREAM', stream)
local last = ''
for place = 1, #facts, 2 do
  if facts[place] == 'last-generated-id' then
    last = facts[place + 1]
  end
end
local entries, ids = {}, {}
for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+')) do
  entries[entry[1]] = entry[2]
end
for id, fields in pairs(cjson.decode(A.changes)) do
  entries[id] = fields or nil
end
local function parts(id)
  local milliseconds, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(milliseconds), tonumber(sequence)
end
for id in pairs(entries) do
  ids[#ids + 1] = id
end
table.sort(ids, function(one, other)
  local first, place = parts(one)
  local second, other_place = parts(other)
  return first < second or (first == second and place < other_place)
end)
redis.call('DEL', stream)
for _, id in ipairs(ids) do
  redis.call('XADD', stream, id, unpack(entries[id]))
end
redis.call('XSETID', stream, last)
return #ids
