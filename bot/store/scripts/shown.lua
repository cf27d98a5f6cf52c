-- Store what is shown; the mark goes when nothing of the newest version is left to show.
local record = read(A.id)
if not record then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
local flat = {}
for name, value in pairs(A.surfaces) do
  record[name] = value
  flat[#flat + 1] = name
  flat[#flat + 1] = value
end
redis.call('HSET', key('request', A.id), unpack(flat))
local drawn = record.message_shown == record.version and record.card_shown == record.version
if drawn and (record.strays or '') == '' then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
return 0
