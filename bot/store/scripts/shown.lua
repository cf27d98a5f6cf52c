-- Store what is shown; the mark goes when nothing of the newest version is left to show.
-- `stray` names a message that the new one replaces.
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
if A.stray ~= '' then
  local strays = record.strays or ''
  record.strays = strays == '' and A.stray or (strays .. ',' .. A.stray)
  flat[#flat + 1] = 'strays'
  flat[#flat + 1] = record.strays
end
if #flat > 0 then
  redis.call('HSET', key('request', A.id), unpack(flat))
end
local drawn = record.message_shown == record.version and record.card_shown == record.version
if drawn and (record.strays or '') == '' then
  redis.call('ZREM', key('dirty'), A.id)
  return 1
end
return 0
