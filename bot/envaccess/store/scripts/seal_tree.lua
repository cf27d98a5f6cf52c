-- Store a signed head and the tiles that grew to it: only for who has the lease, and only where the tree is still as the
-- signer found it, so that no two heads of one size are ever stored. Returns 1 where it was stored.
-- Takes: token text, fork text, before text, head text, note text, size integer, tiles texts
local place = 'fork:' .. A.fork
local current = redis.call('HGET', key('tree'), 'current') or A.fork
if redis.call('GET', key('lease')) ~= A.token or current ~= A.fork or (redis.call('HGET', key('tree'), place) or '') ~= A.before then
  return 0
end
emit('audit.checkpoint', 'bot', nil, { size = int(A.size), signed_head = A.note })
for tile, hashes in pairs(A.tiles) do
  redis.call('HSET', key('tree_tiles'), A.fork .. '/' .. tile, hashes)
end
redis.call('HSET', key('tree'), place, A.head, 'current', A.fork)
redis.call('HSET', key('cursors'), 'seal', cjson.decode(A.head).last) -- what is not sealed is not dropped
return 1
