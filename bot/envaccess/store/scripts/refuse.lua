-- A refusal that a service ruled: write the attempt down.
-- Takes: op text, actor text, tried text, why text, printable text, account text, id text?, behind text?, claims texts?
return once(function()
  refused(A.actor, A.tried, A.why, A.id and read(A.id), A.printable, A.account)
  return { refused = A.why }
end)
