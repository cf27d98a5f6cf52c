-- Store what is shown; the mark goes when nothing of the newest version is left to show.
-- A message in another's place makes the other a stray, whoever of two processes posted it; and what is remembered
-- is no stray, even where it was pressed before we were told of it.
-- Takes: id text, surfaces texts
bypass_oom()
local record = read(A.id)
if not record then
  unmark(A.id)
  return 1
end
local before = left_to_show(record)
local strays = record.strays or ''
local kept = {}
for _, surface in ipairs({ 'message', 'card' }) do
  local old, new = record[surface] or '', A.surfaces[surface]
  if new and old ~= '' and new ~= old then
    strays = add_orphan(strays, surface .. ':' .. old)
  end
  kept[surface .. ':' .. (new or old)] = true
end
local others = {}
for _, mark in ipairs(split(strays)) do
  if not kept[mark] then
    others[#others + 1] = mark
  end
end
A.surfaces.strays = table.concat(others, ',')
for _, surface in ipairs({ 'message_shown', 'card_shown' }) do
  if number(A.surfaces, surface) > number(record, 'version') then
    A.surfaces[surface] = '0' -- a version that a failover took back: what comes in its place is to be drawn
  end
end
local flat = {}
for name, value in pairs(A.surfaces) do
  record[name] = value
  flat[#flat + 1] = name
  flat[#flat + 1] = value
end
redis.call('HSET', key('request', A.id), unpack(flat))
local left = left_to_show(record)
if not (left.postings or left.drawings) then
  unmark(A.id)
  return 1
end
for _, queue in ipairs(QUEUES) do
  if not left[queue] then
    leave_queue(queue, A.id)
  elseif not before[queue] then
    -- A process that stood still may tell of an old version after another has drawn the newest: draw again.
    redis.call('ZADD', key('dirty'), int(NOW), A.id)
  end
end
redis.call('ZADD', key('dirty'), 'NX', int(NOW), A.id)
return 0
