-- What was made for a grant works no longer: nothing is left to know of it.
-- Takes: name text, mark text
if string.find(redis.call('HGET', key('current', A.name), A.mark) or '', ';leased;', 1, true) then
  leave_current(A.name, A.mark)
  rank_exposure(A.name)
end
return 1
