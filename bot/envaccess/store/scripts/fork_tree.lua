-- A head that a process has seen is not in the store any more, because Redis went back: another tree begins, and its first
-- event names the lost head. Returns 1 where it has begun.
-- Takes: token text, fork text, before text, origin text, lost text, lost_size integer, found_size integer,
-- Takes: between integer, digest text, upto text
local current = redis.call('HGET', key('tree'), 'current') or '0'
local stored = redis.call('HGET', key('tree'), 'fork:' .. current) or ''
if redis.call('GET', key('lease')) ~= A.token or stored ~= A.before then
  return 0
end
if redis.call('XRANGE', key('audit'), '(' .. A.upto, '+', 'COUNT', 1)[1] then
  return 0 -- the caller looks again: an event came that is not in the digest
end
local last = (redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1)[1] or {})[1] or '0-0'
-- What is not sealed any more does not count as found: it may have come after Redis went back.
local detail = {
  lost_head = A.lost, lost_size = int(A.lost_size), found_size = int(A.found_size), origin = A.origin,
  between = int(A.between), between_digest = A.digest,
}
written.next = 0
emit('audit.gap', 'bot', nil, detail)
local head = cjson.encode({ origin = A.origin, size = 0, start = last, last = last, note = '' })
redis.call('HSET', key('tree'), 'fork:' .. A.fork, head, 'current', A.fork)
return 1
