-- Store what is shown; the mark goes when nothing of the newest version is left to show.
-- A message in another's place makes the other a stray, whoever of two processes posted it; and what is remembered
-- is no stray, even where it was pressed before we were told of it.
insist()
local record = read(A.id)
if not record then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
local strays = record.strays or ''
local kept = {}
for _, surface in ipairs({ 'message', 'card' }) do
  local old, new = record[surface] or '', A.surfaces[surface]
  if new and old ~= '' and new ~= old then
    strays = add_stray(strays, surface .. ':' .. old)
  end
  kept[surface .. ':' .. (new or old)] = true
end
local left = {}
for _, mark in ipairs(split(strays)) do
  if not kept[mark] then
    left[#left + 1] = mark
  end
end
A.surfaces.strays = table.concat(left, ',')
local flat = {}
for name, value in pairs(A.surfaces) do
  record[name] = value
  flat[#flat + 1] = name
  flat[#flat + 1] = value
end
redis.call('HSET', key('request', A.id), unpack(flat))
local nobody_awaited = record.state ~= 'pending' and record.review ~= 'open'
local called = nobody_awaited or number(record, 'nudged') >= number(record, 'nudges')
local drawn = called and record.message_shown == record.version and record.card_shown == record.version
if drawn and record.strays == '' then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
-- A process that stood still may tell of an old version after another has drawn the newest: draw again.
redis.call('ZADD', key('dirty'), 'NX', int(NOW), A.id)
return 0
