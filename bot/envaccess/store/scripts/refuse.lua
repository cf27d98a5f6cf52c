-- A refusal that a service ruled: write the attempt down.
local stored = replay()
if stored then
  return stored
end
refused(A.actor, A.tried, A.why, A.id and read(A.id), A.printable, A.account)
return finish({ refused = A.why })
