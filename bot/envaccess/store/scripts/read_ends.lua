-- The events after this one that have one of these tags: tag, request and detail of each, and how far was read. Whatever
-- else is in the stream is passed over, readable or not, so that nobody blinds a reader with what is no event. After an
-- event that the stream has not reached, because it is another stream by now, it is read from its beginning.
-- Takes: after text, tags text, count integer
local tags = {}
for _, tag in ipairs(split(A.tags)) do
  tags[tag] = true
end

-- The session that an event is of, which its details name; in a client's own words a quote has a backslash before it.
local function session_in(detail)
  return string.match(detail, '"session":"(%l%l_%w+)"')
end

-- What a reader is given of an entry; nil where it is none of these.
local function told(entry)
  local fields = {}
  for place = 1, #entry[2], 2 do
    fields[entry[2][place]] = entry[2][place + 1]
  end
  local request = string.match(fields.request or '', '^%w+$') or session_in(fields.detail or '')
  if not tags[fields.event] or not request or #request > 40 then
    return nil
  end
  local detail = string.find(fields.detail or '', '[\128-\255]') and '' or fields.detail
  return { event = fields.event, request = request, detail = detail or '' }
end

local from = sortable(A.after) <= sortable(NEWEST or '0-0') and A.after or '0-0'
local last, found = from, {}
for _, entry in ipairs(redis.call('XRANGE', key('audit'), '(' .. from, '+', 'COUNT', A.count)) do
  last = entry[1]
  found[#found + 1] = told(entry)
end
return cjson.encode({ last = last, events = #found > 0 and found or nil })
