-- The stream does not have an event that the caller saw there: say so in it, once for all who miss something, and have
-- everything drawn again that Slack may show otherwise. `known` are the gaps that the caller knows of. Returns the gap that
-- tells of this loss ('' where there is none), and whether it was told here.
-- Takes: seen text, known text
local function holds(event)
  return #redis.call('XRANGE', key('audit'), event, event) > 0
end

if holds(A.seen) then
  return cjson.encode({ gap = '', told = 0 })
end
local told = redis.call('GET', key('gap')) or ''
if told ~= '' and not string.find(',' .. A.known .. ',', ',' .. told .. ',', 1, true) and holds(told) then
  return cjson.encode({ gap = told, told = 0 })
end
bypass_oom()
return cjson.encode({ gap = open_gap({ seen = A.seen, found = NEWEST or '0-0' }), told = 1 })
