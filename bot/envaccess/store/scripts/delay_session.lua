-- Try to draw the message about this login again later.
-- Takes: session text, milliseconds integer, kind text?
local KIND = A.kind or 'session' -- else: 'proposal', 'alert', 'rotation'
local CARDS = ({
  session = key('session_cards'), proposal = key('proposal_cards'), alert = key('alert_cards'),
  rotation = key('rotation_cards'),
})[KIND]
bypass_oom()
if redis.call('ZSCORE', CARDS, A.session) then
  redis.call('ZADD', CARDS, int(NOW + A.milliseconds), A.session)
end
return 1
