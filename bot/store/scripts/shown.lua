-- Store what is shown; the mark goes when nothing of the newest version is left to show.
-- A message in another's place makes the other a stray, whoever of two processes posted it.
insist()
local record = read(A.id)
if not record then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
for _, surface in ipairs({ 'message', 'card' }) do
  local old, new = record[surface] or '', A.surfaces[surface]
  if new and old ~= '' and new ~= old then
    A.surfaces.strays = add_stray(A.surfaces.strays or record.strays, surface .. ':' .. old)
  end
end
local flat = {}
for name, value in pairs(A.surfaces) do
  record[name] = value
  flat[#flat + 1] = name
  flat[#flat + 1] = value
end
if #flat > 0 then
  redis.call('HSET', key('request', A.id), unpack(flat))
end
local drawn = record.message_shown == record.version and record.card_shown == record.version
if drawn and (record.strays or '') == '' then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
-- A process that stood still may tell of an old version after another has drawn the newest: draw again.
redis.call('ZADD', key('dirty'), 'NX', int(NOW), A.id)
return 0
